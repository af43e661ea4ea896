"""What people and programs ask of conversations."""

from typing import Annotated

import msgspec
from fastapi import Depends

from agenthub.kit.app.routes import Router, context
from agenthub.kit.auth.access import needs
from agenthub.kit.context import Context
from agenthub.kit.errors import NotFound
from agenthub.kit.pages import Page, Paging, decode_cursor
from agenthub.services.communication.conversations import models
from agenthub.services.communication.conversations.models import Conversation, Message
from agenthub.services.communication.conversations.settings import ConversationsSettings
from agenthub.services.communication.conversations.shapes import ConversationShape, MessageShape

router = Router(tags=["conversations"])
Ctx = Annotated[Context[ConversationsSettings], Depends(context)]
_AFTER_EVERYTHING = "~"


@router.get("/api/conversations", openapi_extra=needs("conversations:read_all"))
async def list_conversations(ctx: Ctx, paging: Paging) -> Page[ConversationShape]:
    """Conversations, newest first."""
    before = decode_cursor(paging.cursor, str)[0] if paging.cursor else _AFTER_EVERYTHING
    rows = await ctx.db.all(models.RECENT_CONVERSATIONS, Conversation, before=before, limit=paging.limit + 1)
    shapes = [_shape(row) for row in rows]
    return Page.of(shapes, paging.limit, lambda shape: (shape.id,))


@router.get("/api/conversations/{conversation_id}", openapi_extra=needs("conversations:read_all"))
async def get_conversation(ctx: Ctx, conversation_id: str) -> ConversationShape:
    """One conversation."""
    return _shape(await _found(ctx, conversation_id))


@router.get("/api/conversations/{conversation_id}/messages", openapi_extra=needs("conversations:read_all"))
async def list_messages(ctx: Ctx, conversation_id: str, paging: Paging) -> Page[MessageShape]:
    """What was written, oldest first."""
    await _found(ctx, conversation_id)
    after = decode_cursor(paging.cursor, int)[0] if paging.cursor else 0
    rows = await ctx.db.all(
        models.PAGE_OF_MESSAGES, Message, conversation_id=conversation_id, after=after, limit=paging.limit + 1
    )
    shapes = [MessageShape.model_validate(msgspec.structs.asdict(row)) for row in rows]
    return Page.of(shapes, paging.limit, lambda shape: (shape.seq,))


async def _found(ctx: Ctx, conversation_id: str) -> Conversation:
    row = await ctx.db.one(models.CONVERSATION, Conversation, conversation_id=conversation_id)
    if row is None:
        raise NotFound(f"there is no conversation {conversation_id[:64]} here")
    return row


def _shape(row: Conversation) -> ConversationShape:
    return ConversationShape.model_validate(msgspec.structs.asdict(row))
