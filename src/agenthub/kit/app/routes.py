"""Public routes: FastAPI, each request one unit of work, each route saying who may call it."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response, WebSocket
from fastapi.routing import APIRoute

from agenthub.kit.auth.access import KEY, admit
from agenthub.kit.context import Context

CONTEXT = "agenthub.context"
ADMITTED = "agenthub.admitted"


class UndeclaredAccessError(TypeError):
    """A route that does not say who may call it; found when the service is loaded."""


class UnitOfWorkRoute(APIRoute):
    """Admits the caller, then commits before the first byte of the answer is sent."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        rule = (self.openapi_extra or {}).get(KEY)
        if rule is None:
            raise UndeclaredAccessError(
                f"{self.path} does not say who may call it: needs, signed_in or public"
            )

        async def in_one_unit(request: Request) -> Response:
            runtime = request.app.state.runtime
            caller = request.scope["agenthub.caller"]
            admit(rule, caller)
            async with runtime.unit(caller, request.scope["agenthub.origin"]) as ctx:
                request.scope[CONTEXT] = ctx
                return await handle(request)

        return in_one_unit


def Router(**options: Any) -> APIRouter:  # noqa: N802  stands where FastAPI's own class would
    """An APIRouter whose routes are units of work."""
    return APIRouter(route_class=UnitOfWorkRoute, **options)


async def context(request: Request) -> Context[Any]:
    """The dependency that hands a route its unit."""
    found: Context[Any] = request.scope[CONTEXT]
    return found


SocketHandler = Callable[[WebSocket], Awaitable[None]]
