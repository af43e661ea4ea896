"""What conversations says: what was written, by whom, and what is to be sent."""

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from agenthub.contracts.agents import Citation
from agenthub.kit.calls.door import Door
from agenthub.kit.events import Event


class ConversationStarted(Event, topic="conversations.conversation_started", ordered_by="conversation_id"):
    """A customer began; published once."""

    conversation_id: str
    contact_id: str
    channel: str
    agent_id: str | None


class MessageAdded(Event, topic="conversations.message_added", ordered_by="conversation_id"):
    """Something was written; published once per message, notes included."""

    conversation_id: str
    message_id: str
    author_kind: str
    channel: str
    kind: str


class ContactCreated(Event, topic="conversations.contact_created", ordered_by="contact_id"):
    """A customer was seen for the first time; published once."""

    contact_id: str
    channel: str


class ReplyReady(Event, topic="conversations.reply_ready", ordered_by="conversation_id"):
    """A message is to be sent; published once per outgoing message."""

    message_id: str
    conversation_id: str
    channel: str
    account_id: str
    recipient: str
    thread: str
    content: str
    author_kind: str
    citations: tuple[Citation, ...] = ()
    purpose: str = "reply"
    expires_at: str | None = None


class LiveAnswer(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="answer"):
    """A running answer's next words on the live feed; `offset` is where they begin in the whole text."""

    message_id: str
    offset: int
    text: str
    is_over: bool = False


class RunningQuestion(msgspec.Struct, frozen=True, kw_only=True):
    thread: str


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """The text so far of the answers that are being written."""

    answers: Sequence[LiveAnswer]


def live_topic(channel: str, thread: str) -> str:
    """The feed on which a thread's running answers can be followed."""
    return f"live:{channel}:{thread}"


class ConversationsClient:
    """The door to conversations."""

    service: ClassVar[str] = "conversations"

    def __init__(self, door: Door) -> None:
        self._door = door

    async def running(self, thread: str) -> Running:
        """What is being written in this thread at the moment."""
        return await self._door.post(
            "/internal/conversations/running", RunningQuestion(thread=thread), Running
        )
