"""Expressions that SQLAlchemy spells differently on each engine."""

from typing import Any

import msgspec
from sqlalchemy import Boolean, ColumnElement, Dialect, Text, bindparam, or_
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import UserDefinedType

# PostgreSQL's INSERT … ON CONFLICT is also SQLite's, and compiles on both.
upsert = insert


def one_of(column: ColumnElement[Any], *values: Any) -> ColumnElement[bool]:
    """`column` equals one of these fixed values."""
    return or_(*(column == value for value in values))


class _Texts(UserDefinedType[list[str]]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "TEXT"

    def bind_processor(self, dialect: Dialect) -> Any:
        return (
            list
            if dialect.name == "postgresql"
            else lambda values: msgspec.json.encode(list(values)).decode()
        )


class any_of(ColumnElement[bool]):  # noqa: N801  reads as the function it stands for
    """`column` equals one of the texts given as the parameter `name`; compiled once for any number of them."""

    type = Boolean()
    inherit_cache = False
    _traverse_internals = [  # noqa: RUF012  SQLAlchemy's own declaration
        ("column", visitors.InternalTraversal.dp_clauseelement),
        ("values", visitors.InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: ColumnElement[str], name: str) -> None:
        self.column = column
        self.values = bindparam(name, type_=_Texts())

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002  SQLAlchemy's signature
        """Itself: SQLite would be told to compare the answer with 1, and then uses no index."""
        return self


@compiles(any_of)
def _on_sqlite(element: any_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.values, **kw)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608  rendered parts, no values


@compiles(any_of, "postgresql")
def _on_postgresql(element: any_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.values, **kw)
    array = ARRAY(Text()).compile(dialect=compiler.dialect)
    return f"{column} = ANY ({values}::{array})"
