"""SQLite: one writer with group commit, readers beside it, `synchronous=FULL`.

Indexed statements take microseconds, so they run where they are asked for; only what waits for the disk
(COMMIT) or is declared slow leaves the event loop. Transactions that end while a COMMIT is on its way
share the next one.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.dialects.sqlite.pysqlite import dialect as pysqlite

from agenthub.kit.db.port import Database, Row, Transaction, UniqueViolatedError
from agenthub.kit.errors import Unavailable

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=0",
    "PRAGMA cache_size=-1000",
    "PRAGMA journal_size_limit=16777216",
)
_BUSY_SECONDS = 10.0
_SAVEPOINT = "SAVEPOINT unit"


def connect(path: Path) -> sqlite3.Connection:
    """A connection with the house's pragmas, usable from any one thread at a time."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    return connection


class SqliteDatabase(Database):
    """One file; tenant scope is the statement's own condition."""

    def __init__(self, path: Path, threads: ThreadPoolExecutor) -> None:
        self.dialect: Dialect = pysqlite(paramstyle="qmark")
        self.path = path
        self._threads = threads
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = connect(path)
        self._reader = connect(path)
        self._slow_reader: sqlite3.Connection | None = None
        self._slow_turn = asyncio.Lock()
        self._turn = asyncio.Lock()
        self._changes_before = 0
        self._unflushed: list[asyncio.Future[None]] = []
        self._flusher: asyncio.Task[None] | None = None

    async def read(
        self,
        sql: str,
        arguments: Sequence[Any],
        scope: str,  # noqa: ARG002  SQLite has no second lock
        *,
        slow: bool = False,
    ) -> Sequence[Row]:
        if not slow:
            return _fetch(self._reader, sql, arguments)
        async with self._slow_turn:
            if self._slow_reader is None:
                self._slow_reader = connect(self.path)
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, _fetch, self._slow_reader, sql, arguments)

    async def begin(self, scope: str) -> Transaction:  # noqa: ARG002  as above
        await self._turn.acquire()
        try:
            if not self._writer.in_transaction:
                await self._take_write_lock()
            self._writer.execute(_SAVEPOINT)
        except BaseException:
            self._turn.release()
            raise
        return _Unit(self)

    async def close(self) -> None:
        if self._flusher is not None:
            await asyncio.gather(self._flusher, return_exceptions=True)
        for connection in (self._reader, self._slow_reader, self._writer):
            if connection is not None:
                connection.close()

    async def _take_write_lock(self) -> None:
        deadline = asyncio.get_running_loop().time() + _BUSY_SECONDS
        pause = 0.001
        while True:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as problem:
                if problem.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise _named(problem) from problem
                if asyncio.get_running_loop().time() > deadline:
                    raise Unavailable(
                        f"{self.path.name} is locked by another process", retry_after=1
                    ) from problem
            else:
                self._changes_before = self._writer.total_changes
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.05)

    def _end_unit(self, done: asyncio.Future[None] | None) -> None:
        """Hand the writer on; the flush queues behind those who wait already, so they join the group."""
        if done is not None:
            self._unflushed.append(done)
        self._turn.release()
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        try:
            async with self._turn:
                group, self._unflushed = self._unflushed, []
                await self._commit(group)
        finally:
            self._flusher = None
            if self._unflushed:
                self._flusher = asyncio.create_task(self._flush())

    async def _commit(self, group: list[asyncio.Future[None]]) -> None:
        try:
            if self._writer.in_transaction and self._writer.total_changes == self._changes_before:
                # Nothing was written, so nothing waits for the disk.
                self._writer.execute("COMMIT")
            elif self._writer.in_transaction:
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(self._threads, self._writer.execute, "COMMIT")
        except sqlite3.Error as problem:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            for done in group:
                if not done.done():
                    done.set_exception(_named(problem))
        else:
            for done in group:
                if not done.done():
                    done.set_result(None)


class _Unit(Transaction):
    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._connection = database._writer  # noqa: SLF001  one unit of the same file

    async def fetch(self, sql: str, arguments: Sequence[Any]) -> Sequence[Row]:
        return _fetch(self._connection, sql, arguments)

    async def run(self, sql: str, many: Sequence[Sequence[Any]]) -> int:
        try:
            if len(many) == 1:
                return self._connection.execute(sql, many[0]).rowcount
            return self._connection.executemany(sql, many).rowcount
        except sqlite3.Error as problem:
            raise _named(problem) from problem

    async def commit(self) -> None:
        self._connection.execute("RELEASE unit")
        done = asyncio.get_running_loop().create_future()
        self._database._end_unit(done)  # noqa: SLF001  as above
        await asyncio.shield(done)

    async def rollback(self) -> None:
        self._connection.execute("ROLLBACK TO unit")
        self._connection.execute("RELEASE unit")
        self._database._end_unit(None)  # noqa: SLF001  as above


def _fetch(connection: sqlite3.Connection, sql: str, arguments: Sequence[Any]) -> list[Row]:
    try:
        return connection.execute(sql, arguments).fetchall()
    except sqlite3.Error as problem:
        raise _named(problem) from problem


def _named(problem: sqlite3.Error) -> Exception:
    code = getattr(problem, "sqlite_errorcode", None)
    if code in (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY):
        return UniqueViolatedError(str(problem))
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
        return Unavailable(f"the disk refuses writes ({problem}); free space or repair it, then try again")
    return problem
