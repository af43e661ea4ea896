"""What the jobs of conversations are given, and what its routes answer."""

from datetime import datetime
from typing import Any

import msgspec
from pydantic import BaseModel


class RunTurn(msgspec.Struct, frozen=True, kw_only=True):
    """The turn to run."""

    turn_id: str


class ConversationShape(BaseModel):
    """A conversation as people see it."""

    id: str
    contact_id: str
    channel: str
    account_id: str
    status: str
    agent_id: str | None
    outcome: str | None
    created_at: datetime
    last_message_at: datetime


class MessageShape(BaseModel):
    """A message as people see it; `seq` numbers those of a conversation, `citations` explain its marks."""

    id: str
    conversation_id: str
    author_kind: str
    author_id: str
    direction: str
    kind: str
    content: str
    citations: list[dict[str, Any]]
    run_id: str | None
    status: str
    created_at: datetime
    seq: int
