"""What a visitor's client asks of web chat over plain HTTP."""

from typing import Annotated

from fastapi import Depends, Header, Query, Request

from agenthub.kit.app.routes import Router, context
from agenthub.kit.auth.access import needs, public
from agenthub.kit.pages import Page, Paging, decode_cursor
from agenthub.services.communication.webchat import inbound, models, thread, visitor
from agenthub.services.communication.webchat.models import Account
from agenthub.services.communication.webchat.shapes import (
    AccountShape,
    Events,
    OpenSession,
    SendMessage,
    Sent,
    Session,
)
from agenthub.services.communication.webchat.visitor import Unit

router = Router(tags=["webchat"])
Ctx = Annotated[Unit, Depends(context)]
Token = Annotated[str | None, Header(alias=visitor.HEADER, description="The visitor's own token.")]
OWN_TOKEN = public("the visitor's own token admits to their own thread")


@router.get("/api/webchat/accounts", openapi_extra=needs("channels:manage"))
async def list_accounts(ctx: Ctx, paging: Paging) -> Page[AccountShape]:
    """The organization's chats, oldest first."""
    after = decode_cursor(paging.cursor, str)[0] if paging.cursor else ""
    rows = await ctx.db.all(models.ACCOUNTS, Account, after=after, limit=paging.limit + 1)
    shapes = [AccountShape(id=row.id, slug=row.slug, agent_id=row.agent_id, name=row.name) for row in rows]
    return Page.of(shapes, paging.limit, lambda shape: (shape.id,))


@router.post(
    "/api/webchat/visitor/sessions",
    status_code=201,
    openapi_extra=public(
        "anyone may begin a chat that is open to the public; arrivals are limited by address"
    ),
)
async def open_session(ctx: Ctx, request: Request, body: OpenSession) -> Session:
    """Arrive at a chat; the token is shown once."""
    address = request.client.host if request.client else "unknown"
    await visitor.spend(ctx, f"address:{address}", ctx.settings.sessions_per_minute)
    account = await visitor.chat(ctx, body.chat)
    arrived, token = await visitor.arrive(ctx, account, body.locale)
    return Session(
        token=token,
        thread=arrived.thread,
        name=account.name,
        greeting=account.greeting,
        suggestions=account.suggestions,
    )


@router.post("/api/webchat/send", status_code=202, openapi_extra=OWN_TOKEN)
async def send(ctx: Ctx, body: SendMessage, token: Token = None) -> Sent:
    """Send a message; it is stored when this answers."""
    return await inbound.take(ctx, await visitor.recognise(ctx, token), body)


@router.get("/api/webchat/poll", openapi_extra=OWN_TOKEN)
async def poll(ctx: Ctx, after: Annotated[int, Query(ge=0)] = 0, token: Token = None) -> Events:
    """What happened behind this number, for clients that can hold no connection."""
    who = await visitor.recognise(ctx, token)
    async with ctx.runtime.unit(visitor.principal(who), ctx.origin) as unit:
        return Events(events=await thread.after(unit, who.thread, after))
