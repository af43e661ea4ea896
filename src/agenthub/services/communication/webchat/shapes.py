"""What goes over the wire between web chat and its clients."""

from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field


class AccountShape(BaseModel):
    """A chat that is open: its public name, and the agent that answers there."""

    id: str
    slug: str
    agent_id: str
    name: str


class OpenSession(BaseModel):
    """A visitor arrives at a chat."""

    model_config = ConfigDict(extra="forbid")
    chat: str = Field(description="The chat's slug, as in /chat/{slug}.", max_length=64)
    locale: str | None = Field(None, max_length=16, description="BCP 47 tag of the visitor's language.")


class Session(BaseModel):
    """A visitor's own secret, and what to show before the first message."""

    token: str
    thread: str
    name: str
    greeting: str
    suggestions: list[str]


class SendMessage(BaseModel):
    """What a visitor writes; `client_id` makes sending it again harmless."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=1, max_length=65_536)
    client_id: str = Field(min_length=8, max_length=64, pattern="^[A-Za-z0-9_-]+$")


class Sent(BaseModel):
    """The message is stored: its place in the thread."""

    seq: int
    client_id: str


class ThreadEvent(BaseModel):
    """One numbered event of the thread."""

    seq: int
    type: str
    author: str
    text: str
    message_id: str | None = None
    client_id: str | None = None
    citations: list[dict[str, Any]] = []


class Events(BaseModel):
    """What happened after the number that was asked for."""

    events: list[ThreadEvent]


class Nudge(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="nudge"):
    """Said on the live feed when the thread has a new event."""

    seq: int
