"""What the public routes of agents take and give."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from agenthub.services.intelligence.agents.models import AgentRow, Definition, RunRow, VersionRow

Slug = Annotated[
    str,
    Field(
        min_length=3,
        max_length=40,
        pattern="^[a-z0-9]+(-[a-z0-9]+)*$",
        description="Address of its chat page; unique in the installation.",
    ),
]
Name = Annotated[str, Field(min_length=1, max_length=80, description="What people call it.")]
Suggestion = Annotated[str, Field(min_length=1, max_length=200)]
BaseId = Annotated[str, Field(min_length=1, max_length=64)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DefinitionFields(_Strict):
    """How the agent behaves; what is left out keeps its value, at creation its default."""

    greeting: str = Field("", max_length=1000, description="Its first words, and its answer to a greeting.")
    instructions: str = Field("", max_length=20_000, description="How it should behave.")
    fallback: str = Field("", max_length=1000, description="Its words for not knowing.")
    model: str = Field("builtin", min_length=1, max_length=200, description="builtin, or provider/model.")
    knowledge_base_ids: list[BaseId] = Field(
        default_factory=list, max_length=20, description="What it may answer from."
    )
    language: str = Field(
        "", pattern="^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$", description="BCP 47 tag; empty: the customer's."
    )
    suggestions: list[Suggestion] = Field(
        default_factory=list, max_length=6, description="Questions offered to begin with."
    )
    threshold: float = Field(
        0.35, ge=0, le=1, description="Score of the best passage below which it says that it does not know."
    )


class AgentIn(DefinitionFields):
    """A new agent."""

    name: Name
    slug: Slug

    def definition(self) -> Definition:
        return _definition(self.model_dump())


class AgentChange(DefinitionFields):
    """A change of the draft: only the fields that are sent."""

    name: Name | None = None
    slug: Slug | None = None

    def applied_to(self, draft: Definition) -> Definition:
        sent = {name: value for name, value in self.model_dump().items() if name in self.model_fields_set}
        known = {name: getattr(draft, name) for name in draft.__struct_fields__}
        return _definition({**known, **sent})


class AgentOut(DefinitionFields):
    """An agent with its draft."""

    id: str
    name: str
    slug: str
    state: str
    owner_id: str
    revision: int
    version_id: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: AgentRow) -> Self:
        facts = {name: getattr(row, name) for name in cls.model_fields if name in row.__struct_fields__}
        return cls.model_validate({**row.definition, **facts})


class PublishIn(_Strict):
    message: str = Field(min_length=1, max_length=500, description="What this version changes.")


class RollBackIn(_Strict):
    number: int | None = Field(None, ge=1, description="The version to return to; absent: the one before.")


class VersionOut(BaseModel):
    """A published version; it never changes."""

    id: str
    agent_id: str
    number: int
    name: str
    definition: dict[str, Any]
    message: str
    author: str
    checksum: str
    created_at: datetime

    @classmethod
    def of(cls, row: VersionRow) -> Self:
        return cls.model_validate(row, from_attributes=True)


class VersionList(BaseModel):
    items: list[VersionOut]
    next_cursor: str | None = None


class TurnIn(_Strict):
    author: Literal["customer", "agent", "person"]
    text: str = Field(max_length=20_000)


class ChatIn(_Strict):
    """A message to the agent, after what was said so far."""

    message: str = Field(min_length=1, max_length=20_000)
    history: list[TurnIn] = Field(default_factory=list, max_length=200)
    conversation_id: str | None = Field(None, min_length=1, max_length=64)
    language: str = Field("", max_length=35)


class RunOut(BaseModel):
    """One turn and how it ended."""

    id: str
    turn_id: str
    agent_id: str
    version_id: str
    conversation_id: str
    question: str
    text: str
    citations: list[dict[str, Any]]
    outcome: str
    confidence: float
    passages: int
    input_tokens: int
    output_tokens: int
    cost_nanos: int
    ms: int
    trace_id: str
    created_at: datetime

    @classmethod
    def of(cls, row: RunRow) -> Self:
        return cls.model_validate(row, from_attributes=True)


def _definition(values: dict[str, Any]) -> Definition:
    picked = {name: values[name] for name in Definition.__struct_fields__}
    for name in ("knowledge_base_ids", "suggestions"):
        picked[name] = tuple(picked[name])
    return Definition(**picked)
