"""PostgreSQL through asyncpg; row-level security is the second lock beside the statement's own condition."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

from agenthub.kit.db.port import Database, Row, Transaction, UniqueViolatedError
from agenthub.kit.errors import Unavailable

SCOPE_SETTING = "agenthub.organization"
_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    # What the driver says when the server's goodbye arrives just as a statement is sent.
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)


class _Connection:
    """A driver connection and the organization that its session is set to."""

    __slots__ = ("driver", "scope")

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self.scope = ""

    async def narrow_to(self, scope: str) -> None:
        if scope != self.scope:
            await self.driver.fetchval("SELECT set_config($1, $2, false)", SCOPE_SETTING, scope)
            self.scope = scope


class PostgresDatabase(Database):
    """One database on a server; idle connections are reused, preferably for the same organization."""

    def __init__(
        self, url: str, *, connections: int = 8, connect_seconds: float = 5.0, idle_seconds: float = 15.0
    ) -> None:
        self.dialect: Dialect = asyncpg_dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
        self.url = url
        self._connect_seconds = connect_seconds
        # A process that hangs in the middle of a transaction gives its locks back after this time.
        self._settings = {"idle_in_transaction_session_timeout": f"{round(idle_seconds * 1000)}"}
        self._idle: list[_Connection] = []
        self._places = asyncio.Semaphore(connections)
        self._closed = False

    async def read(
        self,
        sql: str,
        arguments: Sequence[Any],
        scope: str,
        *,
        slow: bool = False,  # noqa: ARG002  every read is off the loop
    ) -> Sequence[Row]:
        connection = await self._take(scope)
        try:
            rows: list[Row] = await connection.driver.fetch(sql, *arguments)
        except BaseException as problem:
            self._give_back(
                connection, broken=not isinstance(problem, asyncpg.PostgresError) or _lost(problem)
            )
            raise _named(problem) from problem
        self._give_back(connection)
        return rows

    async def begin(self, scope: str) -> Transaction:
        connection = await self._take(scope)
        try:
            await connection.driver.execute("BEGIN")
        except BaseException as problem:
            self._give_back(connection, broken=True)
            raise _named(problem) from problem
        return _Unit(self, connection)

    async def close(self) -> None:
        self._closed = True
        while self._idle:
            await self._idle.pop().driver.close(timeout=2)

    async def _take(self, scope: str) -> _Connection:
        await self._places.acquire()
        connection: _Connection | None = None
        try:
            connection = self._reuse(scope) or _Connection(await self._connect())
            await connection.narrow_to(scope)
        except BaseException as problem:
            if connection is not None:
                connection.driver.terminate()
            self._places.release()
            raise _named(problem) from problem
        return connection

    def _reuse(self, scope: str) -> _Connection | None:
        while self._idle:
            for index in range(len(self._idle) - 1, -1, -1):
                if self._idle[index].scope == scope:
                    break
            else:
                index = len(self._idle) - 1
            connection = self._idle.pop(index)
            if not connection.driver.is_closed():
                return connection
        return None

    async def _connect(self) -> Any:
        return await asyncpg.connect(
            self.url, timeout=self._connect_seconds, command_timeout=60, server_settings=self._settings
        )

    def _give_back(self, connection: _Connection, *, broken: bool = False) -> None:
        if broken or self._closed or connection.driver.is_closed():
            connection.driver.terminate()
        else:
            self._idle.append(connection)
        self._places.release()


class _Unit(Transaction):
    def __init__(self, database: PostgresDatabase, connection: _Connection) -> None:
        self._database = database
        self._connection = connection

    async def fetch(self, sql: str, arguments: Sequence[Any]) -> Sequence[Row]:
        try:
            rows: list[Row] = await self._connection.driver.fetch(sql, *arguments)
        except Exception as problem:
            raise _named(problem) from problem
        return rows

    async def run(self, sql: str, many: Sequence[Sequence[Any]]) -> int:
        driver = self._connection.driver
        try:
            if len(many) == 1:
                return _touched(await driver.execute(sql, *many[0]))
            await driver.executemany(sql, many)
        except Exception as problem:
            raise _named(problem) from problem
        return len(many)

    async def commit(self) -> None:
        await self._end("COMMIT")

    async def rollback(self) -> None:
        await self._end("ROLLBACK")

    async def _end(self, word: str) -> None:
        try:
            await self._connection.driver.execute(word)
        except BaseException as problem:
            self._database._give_back(self._connection, broken=True)  # noqa: SLF001  one unit of the same pool
            raise _named(problem) from problem
        self._database._give_back(self._connection)  # noqa: SLF001  as above


def _touched(tag: str) -> int:
    last = tag.rsplit(" ", 1)[-1]
    return int(last) if last.isdigit() else 0


def _lost(problem: BaseException) -> bool:
    return isinstance(problem, _LOST)


def _named(problem: BaseException) -> BaseException:
    if isinstance(problem, asyncpg.UniqueViolationError):
        return UniqueViolatedError(str(problem))
    if _lost(problem):
        return Unavailable("the database does not answer; try again in a moment", retry_after=1)
    return problem
