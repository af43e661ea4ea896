"""Column types that mean the same on SQLite and PostgreSQL, and the two kinds of table."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Column, Dialect, MetaData, Table, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.schema import SchemaItem
from sqlalchemy.types import UserDefinedType

TENANT_COLUMN = "organization_id"
SCOPE = "scope"

type_ = Callable[[Any], Any] | None


class Timestamp(UserDefinedType[datetime]):
    """A moment in UTC: `timestamptz`, or RFC 3339 text of fixed width, which sorts by time."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "TEXT"

    def bind_processor(self, dialect: Dialect) -> type_:
        return None if dialect.name == "postgresql" else _to_text

    def result_processor(self, dialect: Dialect, coltype: object) -> type_:  # noqa: ARG002  SQLAlchemy's signature
        return None if dialect.name == "postgresql" else datetime.fromisoformat


class Json(UserDefinedType[Any]):
    """Any JSON value; encoded and decoded by msgspec."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "TEXT"

    def bind_processor(self, dialect: Dialect) -> type_:  # noqa: ARG002  SQLAlchemy's signature
        return _to_json

    def result_processor(self, dialect: Dialect, coltype: object) -> type_:  # noqa: ARG002  SQLAlchemy's signature
        return msgspec.json.decode


@compiles(Timestamp, "postgresql")
def _timestamp_on_postgresql(*_: Any, **__: Any) -> str:
    return "TIMESTAMP WITH TIME ZONE"


@compiles(Json, "postgresql")
def _json_on_postgresql(*_: Any, **__: Any) -> str:
    return "JSONB"


def _to_text(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"  # instead of +00:00


def _to_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def tenant_table(name: str, metadata: MetaData, *parts: SchemaItem) -> Table:
    """A table whose every row belongs to one organization; statements on it are scoped by the kit."""
    tenant = Column(TENANT_COLUMN, Text, nullable=False, index=True)
    return Table(name, metadata, tenant, *parts, info={SCOPE: "organization"})


def installation_table(name: str, metadata: MetaData, *parts: SchemaItem, why: str) -> Table:
    """A table whose rows belong to no organization; `why` says the reason."""
    return Table(name, metadata, *parts, info={SCOPE: "installation", "why": why})
