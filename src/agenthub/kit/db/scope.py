"""The tenant scope: every statement on a tenant table is narrowed to one organization."""

from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import Alias, ColumnElement, Delete, Insert, Join, Select, Table, Update, and_, bindparam
from sqlalchemy.sql import visitors
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.sql.selectable import FromClause, TableClause
from sqlalchemy.sql.visitors import ExternallyTraversible

from agenthub.kit.db.columns import SCOPE, TENANT_COLUMN

PARAMETER = "kit_organization_id"


class UnscopedStatementError(TypeError):
    """A statement that the kit cannot narrow to one organization; a defect of the caller."""


def scoped(statement: Executable) -> Executable:
    """The statement narrowed to the organization bound as `PARAMETER`, in subqueries and joins too."""
    refuse_what_cannot_be_scoped(statement)
    if not _is_of_tenants(statement):
        return statement
    if isinstance(statement, Insert):
        statement = _stamp_insert(statement)
    narrowed: Any = visitors.cloned_traverse(
        cast("ExternallyTraversible", statement), {}, {"select": _narrow_select, "join": _narrow_join}
    )
    if isinstance(narrowed, Update | Delete):
        for condition in _conditions(narrowed.table):
            narrowed = narrowed.where(condition)
    return cast("Executable", narrowed)


def _is_of_tenants(statement: Executable) -> bool:
    """Whether any table in the statement belongs to organizations."""
    return any(
        isinstance(part, Table) and part.info.get(SCOPE) == "organization"
        for part in visitors.iterate(cast("ExternallyTraversible", statement))
    ) or (isinstance(statement, Insert | Update | Delete) and bool(_tenant(statement.table)))


def refuse_what_cannot_be_scoped(statement: Executable) -> None:
    """Raise UnscopedStatementError for text and for tables that do not say whom their rows belong to."""
    for part in visitors.iterate(statement):  # type: ignore[arg-type]  # as above
        if isinstance(part, TextClause):
            raise UnscopedStatementError("text() cannot be scoped to an organization; use Core expressions")
        if isinstance(part, TableClause) and SCOPE not in getattr(part, "info", {}):
            raise UnscopedStatementError(f"table {part.name} does not say whom its rows belong to")


def _narrow_select(select: Select[Any]) -> None:
    for source in select.get_final_froms():
        for condition in _conditions(_leftmost(source)):
            # The clone is ours alone, and cloned_traverse wants changes in place.
            select._where_criteria += (condition,)  # noqa: SLF001


def _narrow_join(join: Join) -> None:
    for condition in _conditions(join.right):
        join.onclause = condition if join.onclause is None else and_(join.onclause, condition)


def _leftmost(source: FromClause) -> FromClause:
    while isinstance(source, Join):
        source = source.left
    return source


def _conditions(source: Any) -> Iterator[ColumnElement[bool]]:
    if _tenant(source):
        yield source.c[TENANT_COLUMN] == bindparam(PARAMETER)


def _tenant(source: Any) -> bool:
    table = source.element if isinstance(source, Alias) else source
    return isinstance(table, Table) and table.info.get(SCOPE) == "organization"


def _stamp_insert(statement: Insert) -> Insert:
    if not _tenant(statement.table):
        return statement
    if statement.select is not None:
        raise UnscopedStatementError("INSERT FROM SELECT is not offered on tenant tables")
    return statement.values({TENANT_COLUMN: bindparam(PARAMETER)})
