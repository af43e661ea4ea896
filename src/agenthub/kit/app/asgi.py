"""What stands in front of a service's routes: origin, caller, health, metrics, errors; pure ASGI."""

import time
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.responses import JSONResponse, PlainTextResponse

from agenthub.kit.app import problems
from agenthub.kit.auth.access import admit_internal
from agenthub.kit.errors import NotFound, Problem, TooLarge
from agenthub.kit.tracing import begin_request, use_origin

if TYPE_CHECKING:
    from agenthub.kit.runtime import Runtime

_INTERNAL_LIMIT = 16 * 1024 * 1024


class ServiceApp:
    """One service as ASGI: `/health`, `/live`, `/ready`, `/metrics`, its internal and its public routes."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self._internal = {route.path: route for route in runtime.service.internal}
        self.public = _public(runtime)
        self._own = {
            "/health": self._health,
            "/live": self._live,
            "/ready": self._ready,
            "/metrics": self._metrics,
        }

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.public(scope, receive, send)
            return
        origin = scope.get("agenthub.origin")
        if origin is None:
            origin = scope["agenthub.origin"] = begin_request(scope["headers"])
        if scope["type"] == "http" and scope["path"] in self._own and "agenthub.gateway" not in scope:
            await (await self._own[scope["path"]]())(scope, receive, send)
            return
        watch = _Watch(send, origin.request_id)
        started = time.perf_counter()
        with use_origin(origin, None):
            await self._guarded(scope, receive, watch)
        route = scope.get("route")
        self._runtime.metrics.observe(
            service=self._runtime.service.name,
            method=scope.get("method", "WEBSOCKET"),
            route=getattr(route, "path", "-"),
            status=watch.status,
            seconds=time.perf_counter() - started,
        )

    async def _guarded(self, scope: dict[str, Any], receive: Any, watch: "_Watch") -> None:
        try:
            await self._dispatch(scope, receive, watch)
        except Problem as problem:
            await self._refuse(problem, scope, receive, watch)
        except Exception as trouble:
            self._runtime.log.exception("unexpected_error", path=scope["path"], exc_info=trouble)
            await self._refuse(problems.unexpected(), scope, receive, watch)

    async def _dispatch(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if "agenthub.caller" not in scope:
            scope["agenthub.caller"] = await self._runtime.authenticate(scope)
        if scope["path"].startswith("/internal/"):
            admit_internal(scope["agenthub.caller"])
            await self._answer_internal(scope, receive, send)
            return
        await self.public(scope, receive, send)

    async def _answer_internal(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        route = self._internal.get(scope["path"])
        if route is None:
            await problems.respond(NotFound("there is no such route"))(scope, receive, send)
            return
        scope["route"] = route
        body = await _whole(receive)
        async with self._runtime.unit(scope["agenthub.caller"], scope["agenthub.origin"]) as ctx:
            await route.answer(ctx, body, receive, send)

    async def _refuse(self, problem: Problem, scope: dict[str, Any], receive: Any, watch: "_Watch") -> None:
        if scope["type"] == "http" and not watch.status:
            await problems.respond(problem)(scope, receive, watch)

    async def _health(self) -> Any:
        return JSONResponse({"status": "ok", "service": self._runtime.service.name})

    async def _live(self) -> Any:
        return PlainTextResponse("ok")

    async def _ready(self) -> Any:
        state = await self._runtime.readiness()
        return JSONResponse(state, status_code=200 if state["status"] == "ok" else 503)

    async def _metrics(self) -> Any:
        return PlainTextResponse(self._runtime.metrics.text(), media_type="text/plain; version=0.0.4")


class _Watch:
    """Sends on, notes the status and adds the request id."""

    __slots__ = ("_request_id", "_send", "status")

    def __init__(self, send: Any, request_id: str) -> None:
        self._send = send
        self._request_id = (b"x-request-id", request_id.encode())
        self.status = 0

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": [*message.get("headers", ()), self._request_id]}
        elif message["type"] == "websocket.accept":
            self.status = 101
        await self._send(message)


async def _whole(receive: Any) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _INTERNAL_LIMIT:
            raise TooLarge(f"internal bodies are at most {_INTERNAL_LIMIT} bytes")
        if not message.get("more_body"):
            return body


def _public(runtime: "Runtime") -> FastAPI:
    app = FastAPI(
        title=f"AgentHub {runtime.service.name}",
        summary=runtime.service.summary,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.runtime = runtime
    problems.install(app)
    for router in runtime.service.routes:
        app.include_router(router)
    return app
