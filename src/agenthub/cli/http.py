"""The installation's API as the command line uses it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import aiohttp

from agenthub.cli.session import Session, save
from agenthub.kit.errors import Problem, Unauthenticated, Unavailable, from_body

_ERROR_FROM = 400
_UNAUTHENTICATED = 401
_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=5, sock_read=120)


class Api:
    """Requests in a session; an access token that has run out is renewed once and saved."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._http = aiohttp.ClientSession(timeout=_TIMEOUT)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def get(self, path: str) -> Any:
        async with self._sent("GET", path) as answer:
            return await answer.json()

    async def post(self, path: str, body: Any) -> Any:
        async with self._sent("POST", path, json=body) as answer:
            return await answer.json()

    async def all(self, path: str) -> list[Any]:
        """Every item of a paged list."""
        items: list[Any] = []
        cursor = ""
        while True:
            page = await self.get(f"{path}?limit=200{cursor}")
            items += page["items"]
            if not page.get("next_cursor"):
                return items
            cursor = f"&cursor={page['next_cursor']}"

    async def upload(self, path: str, file: Path, **fields: str) -> Any:
        """Send a file as a form, read from the disk as it goes."""
        with file.open("rb") as content:
            form = aiohttp.FormData()
            for name, value in fields.items():
                form.add_field(name, value)
            form.add_field("file", content, filename=file.name)
            async with self._sent("POST", path, data=form) as answer:
                return await answer.json()

    async def events(self, path: str, body: Any) -> AsyncIterator[dict[str, Any]]:
        """The data of each server-sent event; an event `problem` is raised."""
        async with self._sent("POST", path, json=body, accept="text/event-stream") as answer:
            kind = ""
            async for raw in answer.content:
                name, _, value = raw.decode().rstrip("\r\n").partition(": ")
                if name == "event":
                    kind = value
                elif name == "data":
                    data = json.loads(value)
                    if kind == "problem":
                        raise from_body(data.get("status", 500), data)
                    yield data

    @asynccontextmanager
    async def _sent(
        self, method: str, path: str, *, accept: str = "application/json", **content: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        for may_renew in (True, False):
            headers = {"Accept": accept}
            if self._session.access_token:
                headers["Authorization"] = f"Bearer {self._session.access_token}"
            try:
                async with self._http.request(
                    method, self._session.url + path, headers=headers, **content
                ) as answer:
                    if answer.status == _UNAUTHENTICATED and may_renew and self._session.refresh_token:
                        await self._renew()
                        continue
                    if answer.status >= _ERROR_FROM:
                        raise await _problem(answer)
                    yield answer
                    return
            except (aiohttp.ClientError, OSError, TimeoutError) as problem:
                raise Unavailable(
                    f"{self._session.url} does not answer ({problem}); is it running? agenthub up starts it"
                ) from problem

    async def _renew(self) -> None:
        body = {"refresh_token": self._session.refresh_token}
        async with self._http.post(f"{self._session.url}/api/auth/refresh", json=body) as answer:
            if answer.status >= _ERROR_FROM:
                raise Unauthenticated("your session has ended; sign in again with agenthub login")
            tokens = await answer.json()
        self._session = replace(
            self._session, access_token=tokens["access_token"], refresh_token=tokens["refresh_token"]
        )
        save(self._session)


async def _problem(answer: aiohttp.ClientResponse) -> Problem:
    try:
        body = json.loads(await answer.read())
    except ValueError:
        body = {"detail": f"the server answered {answer.status}"}
    return from_body(answer.status, body)
