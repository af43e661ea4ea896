"""The in-process gateway: pure ASGI, one dictionary look-up, nothing buffered."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from agenthub.kit.app.problems import respond
from agenthub.kit.errors import NotFound, Problem
from agenthub.kit.tracing import begin_request, use_origin
from agenthub.services.core.gateway.bodies import CountedBody, body_limit, without_foreign
from agenthub.services.core.gateway.errors import MethodNotAllowed
from agenthub.services.core.gateway.overview import Overview
from agenthub.services.core.gateway.settings import GatewaySettings

App = Any
_LONGEST_PREFIX = 2
_START = "http.response.start"
# A service that sends one of these itself is believed: chat pages may be framed, others may not.
SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
    (
        b"content-security-policy",
        b"default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
)
_NO_ROUTE = "there is no such route; see /docs for those that there are"


class Entrance:
    """Brings each request to the service whose prefix it begins with, and answers a few pages itself.

    `routes` maps prefixes of one or two path parts to service names, `apps` those names to ASGI apps.
    """

    def __init__(
        self, routes: Mapping[str, str], apps: Mapping[str, App], settings: GatewaySettings | None = None
    ) -> None:
        self._settings = settings or GatewaySettings.model_validate({})
        self._apps = {_checked(prefix): apps[name] for prefix, name in routes.items()}
        self._overview = Overview(routes, apps, self._settings.probe_timeout_seconds)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        scope["agenthub.origin"] = begin_request(scope["headers"])
        scope["agenthub.gateway"] = True
        if scope["type"] == "websocket":
            await self._connect(scope, receive, send)
            return
        answer = _Answer(send)
        try:
            await self._bring(scope, receive, answer)
        except Problem as problem:
            await _refuse(problem, scope, receive, answer)

    async def _bring(self, scope: dict[str, Any], receive: Any, answer: "_Answer") -> None:
        path = scope["path"]
        headers = scope["headers"] = without_foreign(scope["headers"], self._settings.header_limit_bytes)
        app = self._app_at(path)
        if app is None:
            await self._answer_own(scope, receive, answer)
            return
        limit = body_limit(path, headers, self._settings)
        if limit is None:
            await app(scope, receive, answer)
        else:
            await self._bring_counted(app, CountedBody(receive, limit), scope, answer)

    async def _bring_counted(
        self, app: App, body: CountedBody, scope: dict[str, Any], answer: "_Answer"
    ) -> None:
        answer.counted = body
        try:
            await app(scope, body, answer)
        finally:
            answer.counted = None
        if body.is_over and not answer.has_begun:
            raise body.problem

    def _app_at(self, path: str) -> App | None:
        """The app for the first two parts of the path, or else for the first."""
        first = path.find("/", 1)
        if first < 0:
            return self._apps.get(path)
        second = path.find("/", first + 1)
        two_parts = path if second < 0 else path[:second]
        return self._apps.get(two_parts) or self._apps.get(path[:first])

    async def _answer_own(self, scope: dict[str, Any], receive: Any, answer: "_Answer") -> None:
        page = self._overview.pages.get(scope["path"])
        if page is None:
            raise NotFound(_NO_ROUTE)
        if scope["method"] not in {"GET", "HEAD"}:
            raise MethodNotAllowed("this page can only be read; use GET")
        response: Response = await page(scope["query_string"])
        response.headers["x-request-id"] = scope["agenthub.origin"].request_id
        await response(scope, receive, answer)

    async def _connect(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        app = self._app_at(scope["path"])
        try:
            scope["headers"] = without_foreign(scope["headers"], self._settings.header_limit_bytes)
        except Problem:
            app = None
        if app is None:
            # Closing before accepting is answered as 403 by the server.
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "no such route"})
            return
        await app(scope, receive, send)


class _Answer:
    """Sends on with the security headers that the service left out."""

    __slots__ = ("_send", "counted", "has_begun")

    def __init__(self, send: Any) -> None:
        self._send = send
        self.counted: CountedBody | None = None
        self.has_begun = False

    async def __call__(self, message: Any) -> None:
        if self.counted is not None and self.counted.is_over:
            # The service answers the break in its body; the entrance says the cause instead.
            return
        if message["type"] == _START:
            self.has_begun = True
            headers = message.get("headers", ())
            names = {name for name, _ in headers}
            added = [pair for pair in SECURITY_HEADERS if pair[0] not in names]
            message = {**message, "headers": [*headers, *added]}
        await self._send(message)


async def _refuse(problem: Problem, scope: dict[str, Any], receive: Any, answer: _Answer) -> None:
    origin = scope["agenthub.origin"]
    with use_origin(origin, None):
        response = respond(problem)
    response.headers["x-request-id"] = origin.request_id
    await response(scope, receive, answer)


def _checked(prefix: str) -> str:
    parts = prefix.split("/")[1:]
    if not prefix.startswith("/") or len(parts) > _LONGEST_PREFIX or "" in parts:
        raise ValueError(f"{prefix} is no prefix of one or two path parts")
    if parts[0] == "internal":
        raise ValueError(f"{prefix} would open internal routes to the outside")
    return prefix
