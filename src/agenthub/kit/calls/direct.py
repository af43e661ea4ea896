"""Calls inside one process: the other service's app is called as ASGI, without a socket or a copy."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

from agenthub.kit.calls.port import Reply, Request, Transport
from agenthub.kit.errors import Unavailable

App = Any
_QUEUE = 16


class DirectTransport(Transport):
    """Dispatches to apps by service name; bodies stream chunk by chunk with back-pressure."""

    def __init__(self) -> None:
        self.apps: dict[str, App] = {}

    def send(self, request: Request) -> AbstractAsyncContextManager[Reply]:
        return self._sent(request)

    @asynccontextmanager
    async def _sent(self, request: Request) -> AsyncIterator[Reply]:
        app = self.apps.get(request.service)
        if app is None:
            raise Unavailable(f"the service {request.service} does not run here", retry_after=1)
        exchange = _Exchange(request)
        work = asyncio.ensure_future(exchange.run(app))
        try:
            async with asyncio.timeout(request.timeout_seconds):
                await exchange.started.wait()
            yield Reply(exchange.status, exchange.headers, exchange.chunks())
        except TimeoutError as problem:
            raise Unavailable(
                f"{request.service} did not answer in {request.timeout_seconds:g} s"
            ) from problem
        finally:
            exchange.has_reader = False
            if not work.done():
                work.cancel()
            with suppress(asyncio.CancelledError):
                await work

    async def close(self) -> None:
        self.apps.clear()


class _Exchange:
    """One request and its reply, as the two halves of an ASGI call."""

    def __init__(self, request: Request) -> None:
        self.started = asyncio.Event()
        self.status = 503
        self.headers: dict[str, str] = {}
        self.has_reader = True
        self._request = request
        self._asked = False
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(_QUEUE)

    async def run(self, app: App) -> None:
        try:
            await app(self._scope(), self._receive, self._send)
        finally:
            self.started.set()
            # With nobody left to read, a full queue would never take the end.
            if self.has_reader:
                await self._pieces.put(None)

    async def chunks(self) -> AsyncIterator[bytes]:
        while (piece := await self._pieces.get()) is not None:
            yield piece

    def _scope(self) -> dict[str, Any]:
        request = self._request
        headers = [(name.encode(), value.encode()) for name, value in request.headers.items()]
        if request.body:
            headers.append((b"content-type", b"application/json"))
            headers.append((b"content-length", str(len(request.body)).encode()))
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": request.path,
            "raw_path": request.path.encode(),
            "query_string": request.query.encode(),
            "root_path": "",
            "headers": headers,
            "client": None,
            "server": None,
            "state": {},
            "agenthub.caller": request.caller,
            "agenthub.origin": request.origin,
        }

    async def _receive(self) -> MutableMapping[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": self._request.body, "more_body": False}
        # Disconnection is told by cancelling, so there is nothing more to hear.
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message.get("headers", [])}
            self.started.set()
        elif message.get("body"):
            await self._pieces.put(message["body"])
