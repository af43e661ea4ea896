"""One unit's view of its database: reads as they come, one transaction from the first write on."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Insert, Table, insert
from sqlalchemy.sql.base import Executable

from agenthub.kit.db.columns import SCOPE, TENANT_COLUMN
from agenthub.kit.db.compiled import Compiled, Compiler
from agenthub.kit.db.port import EVERYWHERE, Database, Row, Transaction
from agenthub.kit.db.scope import PARAMETER

R = TypeVar("R")


class ScopeMissingError(RuntimeError):
    """A tenant table was asked without an organization; a defect of the caller."""


class Session:
    """Typed rows by Core statements, narrowed to the unit's organization.

    Before the first write each read sees what is committed (as READ COMMITTED does); from the first write
    on, everything runs in one transaction, which the unit ends. `lock` begins it early.
    """

    def __init__(self, database: Database, compiler: Compiler, organization_id: str | None) -> None:
        self._database = database
        self._compiler = compiler
        self._organization_id = organization_id
        self._narrow = True
        self._transaction: list[Transaction] = []

    @property
    def is_writing(self) -> bool:
        """Whether a transaction is open."""
        return bool(self._transaction)

    @property
    def database(self) -> Database:
        """The engine below, for stores that bring their own statements."""
        return self._database

    def across_organizations(self) -> "Session":
        """The same unit without the tenant scope: for sweeps of the installation and for signing in."""
        wide = Session(self._database, self._compiler, None)
        wide._narrow = False
        wide._transaction = self._transaction
        return wide

    async def all(
        self, statement: Executable, into: type[R], /, *, slow: bool = False, **values: Any
    ) -> list[R]:
        """Every row, as `into` (its fields named as the columns)."""
        compiled, rows = await self._fetch(statement, values, slow=slow)
        return compiled.build(rows, into)

    async def one(self, statement: Executable, into: type[R], /, **values: Any) -> R | None:
        """The first row, or None."""
        compiled, rows = await self._fetch(statement, values)
        return compiled.build(rows[:1], into)[0] if rows else None

    async def scalar(self, statement: Executable, /, **values: Any) -> Any:
        """The first column of the first row, or None."""
        compiled, rows = await self._fetch(statement, values)
        return compiled.first(rows[0][0]) if rows else None

    async def execute(self, statement: Executable, /, **values: Any) -> int:
        """Run a change; the number of rows that it touched."""
        compiled = self._compiler.of(statement, narrow=self._narrow)
        transaction = await self._begun()
        return await transaction.run(compiled.sql, [compiled.arguments(self._with_scope(compiled, values))])

    async def execute_many(self, statement: Executable, rows: Sequence[Mapping[str, Any]], /) -> None:
        """Run a change once for each set of values."""
        if rows:
            compiled = self._compiler.of(statement, narrow=self._narrow)
            many = [compiled.arguments(self._with_scope(compiled, row)) for row in rows]
            await (await self._begun()).run(compiled.sql, many)

    async def insert(self, table: Table, *rows: Any) -> None:
        """Insert rows given as structs or mappings, all with the same fields.

        Raises UniqueViolatedError when one of them exists already.
        """
        if not rows:
            return
        fields = [self._fields(table, row) for row in rows]
        names = tuple(fields[0])
        compiled = self._compiler.of(_insert_into(table), narrow=self._narrow, names=names)
        transaction = await self._begun()
        await transaction.run(
            compiled.sql, [compiled.arguments(self._with_scope(compiled, row)) for row in fields]
        )

    def _fields(self, table: Table, row: Any) -> dict[str, Any]:
        fields = dict(row) if isinstance(row, Mapping) else msgspec.structs.asdict(row)
        if self._narrow and table.info.get(SCOPE) == "organization":
            fields.pop(TENANT_COLUMN, None)
        return fields

    async def execute_sql(self, sql: str, arguments: Sequence[Any]) -> None:
        """Run a statement in the engine's own language; nothing is scoped, so only stores use it."""
        await (await self._begun()).run(sql, [arguments])

    async def fetch_sql(self, sql: str, arguments: Sequence[Any]) -> Sequence[Row]:
        """Rows of a statement in the engine's own language; outside a transaction it holds nobody up."""
        if self._transaction:
            return await self._transaction[0].fetch(sql, arguments)
        return await self._database.read(sql, arguments, self._scope, slow=True)

    async def lock(self) -> None:
        """Begin the transaction now, so that what is read next stays true until it ends."""
        await self._begun()

    async def commit(self) -> None:
        if self._transaction:
            await self._transaction.pop().commit()

    async def rollback(self) -> None:
        if self._transaction:
            await self._transaction.pop().rollback()

    async def _fetch(
        self, statement: Executable, values: Mapping[str, Any], *, slow: bool = False
    ) -> tuple[Compiled, Sequence[Row]]:
        compiled = self._compiler.of(statement, narrow=self._narrow)
        arguments = compiled.arguments(self._with_scope(compiled, values))
        if self._transaction or not statement.is_select:
            rows = await (await self._begun()).fetch(compiled.sql, arguments)
        else:
            rows = await self._database.read(compiled.sql, arguments, self._scope, slow=slow)
        return compiled, rows

    @property
    def _scope(self) -> str:
        return self._organization_id or (EVERYWHERE if not self._narrow else "")

    async def _begun(self) -> Transaction:
        if not self._transaction:
            self._transaction.append(await self._database.begin(self._scope))
        return self._transaction[0]

    def _with_scope(self, compiled: Compiled, values: Mapping[str, Any]) -> Mapping[str, Any]:
        if not compiled.needs_scope:
            return values
        if self._organization_id is None:
            raise ScopeMissingError(f"no organization for: {compiled.sql}")
        return {**values, PARAMETER: self._organization_id}


_INSERTS: dict[Table, Insert] = {}


def _insert_into(table: Table) -> Insert:
    # Kept so that the compiled form is found again: statements are compiled once by identity.
    return _INSERTS.setdefault(table, insert(table))
