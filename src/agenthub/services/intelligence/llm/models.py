"""The tables of llm: configured providers, and the metadata of every request."""

from datetime import datetime

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    select,
    update,
)

from agenthub.kit.db import Timestamp, tenant_table

metadata = MetaData()

providers = tenant_table(
    "providers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("base_url", Text, nullable=False),
    Column("sealed_key", LargeBinary),
    Column("key_ending", Text, nullable=False),
    Column("output_limit_parameter", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
    UniqueConstraint("organization_id", "name", name="uq_providers_name"),
)

requests = tenant_table(
    "requests",
    metadata,
    Column("id", Text, primary_key=True),
    Column("model", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("agent_id", Text),
    Column("conversation_id", Text),
    Column("input_tokens", Integer, nullable=False),
    Column("output_tokens", Integer, nullable=False),
    Column("cost_nanos", BigInteger, nullable=False),
    Column("ms", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Index("ix_requests_created_at", "created_at"),
)


class ProviderRow(msgspec.Struct, frozen=True, kw_only=True):
    """A configured provider; the key is sealed for its row and only its last characters are shown."""

    id: str
    name: str
    kind: str
    base_url: str
    sealed_key: bytes | None
    key_ending: str
    output_limit_parameter: str
    created_at: datetime
    updated_at: datetime


class RequestRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one request: figures, never words."""

    id: str
    model: str
    provider: str
    agent_id: str | None
    conversation_id: str | None
    input_tokens: int
    output_tokens: int
    cost_nanos: int
    ms: int
    status: str
    created_at: datetime


_PROVIDER = select(*(providers.c[name] for name in ProviderRow.__struct_fields__))
LIST_PROVIDERS = _PROVIDER.order_by(providers.c.name)
PROVIDER_BY_ID = _PROVIDER.where(providers.c.id == bindparam("provider_id"))
PROVIDER_BY_NAME = _PROVIDER.where(providers.c.name == bindparam("provider_name"))
CHANGE_PROVIDER = (
    update(providers)
    .where(providers.c.id == bindparam("provider_id"))
    .values(
        name=bindparam("new_name"),
        kind=bindparam("new_kind"),
        base_url=bindparam("new_base_url"),
        sealed_key=bindparam("new_sealed_key"),
        key_ending=bindparam("new_key_ending"),
        output_limit_parameter=bindparam("new_parameter"),
        updated_at=bindparam("now"),
    )
)
REMOVE_PROVIDER = delete(providers).where(providers.c.id == bindparam("provider_id"))
FORGET_REQUESTS = delete(requests).where(requests.c.created_at < bindparam("before"))
