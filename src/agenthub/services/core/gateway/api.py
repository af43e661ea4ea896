"""The gateway's public routes."""

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel

from agenthub.kit.app.routes import Router, context
from agenthub.kit.auth.access import needs
from agenthub.kit.context import Context
from agenthub.services.core.gateway.settings import GatewaySettings

router = Router()
Ctx = Annotated[Context[GatewaySettings], Depends(context)]


class Route(BaseModel):
    """Requests whose path begins with `prefix` go to `service`."""

    prefix: str
    service: str


class Routes(BaseModel):
    items: list[Route]


@router.get("/api/gateway/routes", openapi_extra=needs("platform:operate"))
async def list_routes(ctx: Ctx) -> Routes:
    """The table in force."""
    table = ctx.runtime.ports.routes
    return Routes(items=[Route(prefix=prefix, service=table[prefix]) for prefix in sorted(table)])
