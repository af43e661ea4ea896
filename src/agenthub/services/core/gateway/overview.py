"""What the gateway answers itself: how everything is, one API document, and pages that say what runs."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

import msgspec
from starlette.responses import HTMLResponse, JSONResponse, Response

from agenthub.kit.auth.principal import ANONYMOUS
from agenthub.services.core.gateway.documents import merge
from agenthub.services.core.gateway.html import CONTENT_SECURITY_POLICY, api_page, landing_page

Page = Callable[[bytes], Awaitable[Response]]
_OK = 200


class _Readiness(msgspec.Struct):
    status: str
    checks: dict[str, str] = {}


class Overview:
    """The pages by path; each takes the query string."""

    def __init__(self, routes: Mapping[str, str], apps: Mapping[str, Any], probe_seconds: float) -> None:
        self._routes = routes
        self._apps = apps
        self._probe_seconds = probe_seconds
        self._document: dict[str, Any] | None = None
        self.pages: Mapping[str, Page] = {
            "/": self._landing,
            "/health": self._health,
            "/openapi.json": self._openapi,
            "/docs": self._docs,
        }

    async def _health(self, query: bytes) -> Response:
        if parse_qs(query.decode("latin-1")).get("deep", ["0"])[-1] != "1":
            return JSONResponse({"status": "ok"})
        names = list(self._apps)
        states = await asyncio.gather(*(self._state_of(name) for name in names))
        is_well = all(state.get("status") == "ok" for state in states)
        return JSONResponse(
            {
                "status": "ok" if is_well else "degraded",
                "services": dict(zip(names, states, strict=True)),
            },
            status_code=200 if is_well else 503,
        )

    async def _state_of(self, name: str) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._probe_seconds):
                status, body = await _ask(self._apps[name], "/ready")
            state = msgspec.json.decode(body, type=_Readiness)
        except TimeoutError:
            return {"status": "unavailable", "failing": [f"no answer in {self._probe_seconds:g} s"]}
        except msgspec.DecodeError:
            return {"status": "unavailable", "failing": [f"answered {status} without saying why"]}
        # Names only: the reasons may tell of addresses, and this page is open to anyone.
        failing = {"failing": sorted(state.checks)} if state.checks else {}
        return {"status": state.status, **failing}

    async def _openapi(self, _query: bytes) -> Response:
        return JSONResponse(await self._merged())

    async def _docs(self, _query: bytes) -> Response:
        return _html(api_page(await self._merged()))

    async def _landing(self, _query: bytes) -> Response:
        return _html(landing_page(self._routes))

    async def _merged(self) -> dict[str, Any]:
        """Services do not change while they run, so one merge lasts."""
        if self._document is None:
            documents: dict[str, dict[str, Any]] = {}
            for name, app in self._apps.items():
                status, body = await _ask(app, "/openapi.json")
                if status == _OK:
                    documents[name] = msgspec.json.decode(body)
            self._document = merge(documents)
        return self._document


def _html(page: str) -> Response:
    return HTMLResponse(page, headers={"content-security-policy": CONTENT_SECURITY_POLICY})


async def _ask(app: Any, path: str) -> tuple[int, bytes]:
    """GET a path of a service directly, past the entrance."""
    status = 0
    pieces: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            pieces.append(message.get("body", b""))

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [],
        "client": None,
        "server": None,
        "state": {},
        "agenthub.caller": ANONYMOUS,
    }
    await app(scope, receive, send)
    return status, b"".join(pieces)
