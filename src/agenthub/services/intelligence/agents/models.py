"""The tables of agents: drafts, versions, the channels that they answer on, and their runs."""

from datetime import datetime

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    Text,
    UniqueConstraint,
)

from agenthub.kit.db import Json, Timestamp, tenant_table

metadata = MetaData()

agents = tenant_table(
    "agents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("owner_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("definition", Json, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("version_id", Text),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
    UniqueConstraint("slug", name="uq_agents_slug"),
)

versions = tenant_table(
    "versions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("agent_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("definition", Json, nullable=False),
    Column("message", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("checksum", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    UniqueConstraint("agent_id", "number", name="uq_versions_number"),
)

bindings = tenant_table(
    "bindings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("agent_id", Text, nullable=False, index=True),
    Column("channel", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    UniqueConstraint("organization_id", "channel", "account_id", name="uq_bindings_account"),
)

runs = tenant_table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("turn_id", Text, nullable=False),
    Column("agent_id", Text, nullable=False),
    Column("version_id", Text, nullable=False),
    Column("conversation_id", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("citations", Json, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("passages", Integer, nullable=False),
    Column("input_tokens", Integer, nullable=False),
    Column("output_tokens", Integer, nullable=False),
    Column("cost_nanos", BigInteger, nullable=False),
    Column("ms", Integer, nullable=False),
    Column("trace_id", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    UniqueConstraint("organization_id", "turn_id", name="uq_runs_turn"),
    Index("ix_runs_agent", "agent_id", "id"),
)


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """How an agent behaves. `threshold`: best passage's score (0 to 1) below which it does not know."""

    greeting: str = ""
    instructions: str = ""
    fallback: str = ""
    model: str = "builtin"
    knowledge_base_ids: tuple[str, ...] = ()
    language: str = ""
    suggestions: tuple[str, ...] = ()
    threshold: float = 0.35


class AgentRow(msgspec.Struct, frozen=True, kw_only=True):
    """An agent with its draft; `version_id` names the version that answers."""

    id: str
    name: str
    slug: str
    owner_id: str
    state: str
    definition: dict[str, object]
    revision: int
    version_id: str | None
    created_at: datetime
    updated_at: datetime

    def draft(self) -> Definition:
        return msgspec.convert(self.definition, Definition)


class VersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A version as it was published; never changed."""

    id: str
    agent_id: str
    number: int
    name: str
    definition: dict[str, object]
    message: str
    author: str
    checksum: str
    created_at: datetime

    def opened(self) -> Definition:
        return msgspec.convert(self.definition, Definition)


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """One turn and how it ended; `turn_id` makes it the only one of its turn."""

    id: str
    turn_id: str
    agent_id: str
    version_id: str
    conversation_id: str
    question: str
    text: str
    citations: list[dict[str, object]]
    outcome: str
    confidence: float
    passages: int
    input_tokens: int
    output_tokens: int
    cost_nanos: int
    ms: int
    trace_id: str
    created_at: datetime
