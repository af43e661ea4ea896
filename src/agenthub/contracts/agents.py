"""What agents says: agents through their life, and their turns."""

from collections.abc import AsyncIterator, Sequence
from typing import ClassVar, Literal

import msgspec

from agenthub.kit.calls.door import Door
from agenthub.kit.events import Event


class AgentCreated(Event, topic="agents.agent_created", ordered_by="agent_id"):
    """An agent exists as a draft; published once."""

    agent_id: str
    created_by: str


class AgentPublished(Event, topic="agents.agent_published", ordered_by="agent_id"):
    """A version answers from now on; published at each publish, rollout change or rollback."""

    agent_id: str
    version_id: str
    environment: str
    weights: dict[str, int]
    rollback_of: str | None = None
    name: str = ""
    slug: str = ""
    greeting: str = ""
    suggestions: tuple[str, ...] = ()


class AgentDeleted(Event, topic="agents.agent_deleted", ordered_by="agent_id"):
    """An agent is gone; published once."""

    agent_id: str


class TurnFinished(Event, topic="agents.turn_finished", ordered_by="conversation_id"):
    """A turn has ended; published once per turn, aborted ones included."""

    run_id: str
    agent_id: str
    version_id: str
    conversation_id: str
    outcome: str
    confidence: float
    passages: int
    tool_calls: int
    cost_nanos: int
    ms: int


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One thing said in the conversation so far."""

    author: Literal["customer", "agent", "person"]
    text: str


class TurnRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A turn wanted: the conversation up to the customer's last message; `turn_id` makes a repeat harmless."""

    agent_id: str
    turn_id: str
    conversation_id: str
    history: Sequence[Turn]
    language: str = ""


class Citation(msgspec.Struct, frozen=True, kw_only=True):
    """What a mark `[number]` in an answer rests on; `quote` stands in the document word for word."""

    number: int
    quote: str
    document_id: str
    title: str
    page: int | None = None
    section: tuple[str, ...] = ()
    version: int = 1
    file_id: str | None = None


class AnswerPiece(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="piece"):
    """The next words of the answer; citation marks stand whole in one piece."""

    text: str


class AnswerCited(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="cited"):
    """A mark has been written; this is what it rests on."""

    citation: Citation


class AnswerFinished(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="finished"):
    """The answer is whole: its text and citations once more, as they are to be kept."""

    run_id: str
    version_id: str
    text: str
    citations: tuple[Citation, ...]
    outcome: Literal["answered", "no_answer", "person_requested", "failed"]
    confidence: float


AnswerEvent = AnswerPiece | AnswerCited | AnswerFinished


class ResolveQuestion(msgspec.Struct, frozen=True, kw_only=True):
    channel: str
    account_id: str


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """The agent that answers here; None when no agent does."""

    agent_id: str | None


class AgentsClient:
    """The door to agents."""

    service: ClassVar[str] = "agents"

    def __init__(self, door: Door) -> None:
        self._door = door

    async def resolve(self, channel: str, account_id: str) -> str | None:
        """Which agent answers on this account."""
        question = ResolveQuestion(channel=channel, account_id=account_id)
        return (await self._door.post("/internal/agents/resolve", question, Resolved)).agent_id

    def turn(self, request: TurnRequest) -> AsyncIterator[AnswerEvent]:
        """The answer as it is written; closing the iterator aborts the turn."""
        return self._door.stream("/internal/agents/turns", request, AnswerEvent)
