"""The tables of web chat, the shapes of their rows and the statements on them."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Column, Index, Integer, MetaData, Text, bindparam, delete, select, update

from agenthub.kit.db import Json, Timestamp, tenant_table, upsert

metadata = MetaData()

accounts = tenant_table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("agent_id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("greeting", Text, nullable=False),
    Column("suggestions", Json, nullable=False),
    Column("created_at", Timestamp, nullable=False),
)

visitors = tenant_table(
    "visitors",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("thread", Text, nullable=False, unique=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("locale", Text),
    Column("last_seq", Integer, nullable=False),
    Column("created_at", Timestamp, nullable=False),
)

channel_events = tenant_table(
    "channel_events",
    metadata,
    Column("thread", Text, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("payload", Json, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Index("ux_channel_events_key", "thread", "key", unique=True),
    Index("ix_channel_events_created", "created_at"),
)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    organization_id: str
    id: str
    slug: str
    agent_id: str
    name: str
    greeting: str
    suggestions: list[str]
    created_at: datetime


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    organization_id: str
    id: str
    account_id: str
    thread: str
    token_hash: str
    locale: str | None
    last_seq: int
    created_at: datetime


class LoggedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in a thread, numbered without gaps."""

    seq: int
    payload: dict[str, Any]


ACCOUNT_BY_SLUG = select(accounts).where(accounts.c.slug == bindparam("slug"))
ACCOUNTS = (
    select(accounts)
    .where(accounts.c.id > bindparam("after"))
    .order_by(accounts.c.id)
    .limit(bindparam("limit"))
)
ACCOUNT = select(accounts).where(accounts.c.id == bindparam("account_id"))
ACCOUNT_OF_AGENT = select(accounts).where(accounts.c.agent_id == bindparam("agent"))
VISITOR_BY_TOKEN = select(visitors).where(visitors.c.token_hash == bindparam("token_hash"))
# Whoever appends to a thread waits here for the one before, so that the same key is not written twice at once.
HOLD_THREAD = select(visitors.c.last_seq).where(visitors.c.thread == bindparam("of_thread")).with_for_update()
NEXT_SEQ = (
    update(visitors)
    .where(visitors.c.thread == bindparam("of_thread"))
    .values(last_seq=visitors.c.last_seq + 1)
    .returning(visitors.c.last_seq)
)
EVENT_BY_KEY = select(channel_events.c.seq, channel_events.c.payload).where(
    channel_events.c.thread == bindparam("thread"), channel_events.c.key == bindparam("key")
)
EVENTS_AFTER = (
    select(channel_events.c.seq, channel_events.c.payload)
    .where(channel_events.c.thread == bindparam("thread"), channel_events.c.seq > bindparam("after"))
    .order_by(channel_events.c.seq)
    .limit(bindparam("limit"))
)
FORGET_EVENTS = delete(channel_events).where(channel_events.c.created_at < bindparam("before"))

_columns: dict[str, Any] = {
    name: bindparam(name)
    for name in ["id", "slug", "agent_id", "name", "greeting", "suggestions", "created_at"]
}
_insert_account = upsert(accounts).values(_columns)
KEEP_ACCOUNT = _insert_account.on_conflict_do_update(
    index_elements=["agent_id"],
    set_={name: _insert_account.excluded[name] for name in ("slug", "name", "greeting", "suggestions")},
)
