"""The tables of conversations, the shapes of their rows and the statements on them."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Column, Index, Integer, MetaData, Text, bindparam, select, update

from agenthub.kit.db import Json, Timestamp, one_of, tenant_table, upsert

metadata = MetaData()

contacts = tenant_table(
    "contacts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("locale", Text),
    Column("created_at", Timestamp, nullable=False),
)

identities = tenant_table(
    "identities",
    metadata,
    Column("id", Text, primary_key=True),
    Column("contact_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Index("ux_identities_external", "account_id", "channel", "external_id", unique=True),
)

conversations = tenant_table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("contact_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("agent_id", Text),
    Column("outcome", Text),
    Column("created_at", Timestamp, nullable=False),
    Column("last_message_at", Timestamp, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Index("ux_conversations_thread", "account_id", "channel", "thread", unique=True),
)

messages = tenant_table(
    "messages",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation_id", Text, nullable=False),
    Column("author_kind", Text, nullable=False),
    Column("author_id", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("citations", Json, nullable=False),
    Column("run_id", Text),
    Column("status", Text, nullable=False),
    Column("external_id", Text),
    Column("created_at", Timestamp, nullable=False),
    Column("seq", Integer, nullable=False),
    Index("ix_messages_conversation", "conversation_id", "seq"),
    Index("ux_messages_external", "conversation_id", "external_id", unique=True),
)

turns = tenant_table(
    "turns",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation_id", Text, nullable=False),
    Column("reply_id", Text, nullable=False),
    Column("last_message_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("outcome", Text),
    Column("created_at", Timestamp, nullable=False),
    Column("finished_at", Timestamp),
    Index("ix_turns_conversation", "conversation_id", "state"),
)


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    organization_id: str
    id: str
    contact_id: str
    channel: str
    account_id: str
    thread: str
    status: str
    agent_id: str | None
    outcome: str | None
    created_at: datetime
    last_message_at: datetime
    last_seq: int


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What was written; `seq` is its place in the conversation, whatever the clock said."""

    organization_id: str
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
    external_id: str | None
    created_at: datetime
    seq: int


class TurnRow(msgspec.Struct, frozen=True, kw_only=True):
    organization_id: str
    id: str
    conversation_id: str
    reply_id: str
    last_message_id: str
    state: str
    outcome: str | None
    created_at: datetime
    finished_at: datetime | None


IDENTITY = select(identities.c.contact_id).where(
    identities.c.account_id == bindparam("account_id"),
    identities.c.channel == bindparam("channel"),
    identities.c.external_id == bindparam("external_id"),
)
BY_THREAD = select(conversations).where(
    conversations.c.account_id == bindparam("account_id"),
    conversations.c.channel == bindparam("channel"),
    conversations.c.thread == bindparam("thread"),
)
CONVERSATION = select(conversations).where(conversations.c.id == bindparam("conversation_id"))
RECENT_CONVERSATIONS = (
    select(conversations)
    .where(conversations.c.id < bindparam("before"))
    .order_by(conversations.c.id.desc())
    .limit(bindparam("limit"))
)
# Whoever writes into a conversation waits here for the one before, so numbers follow the commits.
NEXT_SEQ = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation_id"))
    .values(last_seq=conversations.c.last_seq + 1)
    .returning(conversations.c.last_seq)
)
SEQ_OF_MESSAGE = select(messages.c.seq).where(messages.c.id == bindparam("message_id"))
HISTORY = (
    select(messages)
    .where(messages.c.conversation_id == bindparam("conversation_id"), messages.c.seq <= bindparam("up_to"))
    .order_by(messages.c.seq.desc())
    .limit(bindparam("limit"))
)
PAGE_OF_MESSAGES = (
    select(messages)
    .where(messages.c.conversation_id == bindparam("conversation_id"), messages.c.seq > bindparam("after"))
    .order_by(messages.c.seq)
    .limit(bindparam("limit"))
)
TOUCH = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation_id"))
    .values(last_message_at=bindparam("now"), status="pending")
)
SET_AGENT = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation_id"))
    .values(agent_id=bindparam("agent"))
)
SET_STATUS = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation_id"))
    .values(status=bindparam("new_status"), outcome=bindparam("new_outcome"))
)
TURN = select(turns).where(turns.c.id == bindparam("turn_id"))
EXTEND_WAITING_TURN = (
    update(turns)
    .where(turns.c.conversation_id == bindparam("of"), turns.c.state == "waiting")
    .values(last_message_id=bindparam("message_id"))
)
START_TURN = (
    update(turns)
    .where(turns.c.id == bindparam("turn_id"), one_of(turns.c.state, "waiting", "running"))
    .values(state="running")
)
END_TURN = (
    update(turns)
    .where(turns.c.id == bindparam("turn_id"), turns.c.state == "running")
    .values(state="done", outcome=bindparam("how"), finished_at=bindparam("now"))
)
DELIVERED = (
    update(messages).where(messages.c.id == bindparam("message_id")).values(status=bindparam("new_status"))
)

_names = [
    "id",
    "conversation_id",
    "author_kind",
    "author_id",
    "direction",
    "kind",
    "content",
    "citations",
    "run_id",
    "status",
    "external_id",
    "created_at",
    "seq",
]
ADD_ONCE = upsert(messages).values({name: bindparam(name) for name in _names}).on_conflict_do_nothing()
