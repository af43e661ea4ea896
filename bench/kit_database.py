"""A unit that inserts, reads by key, reads a page, beside the plain driver doing the same work.

Both sides answer typed structs with decoded timestamps and JSON. On SQLite both have the kit's pragmas
(`synchronous=FULL`) and one transaction per insert. The plain driver is measured twice: with the commit on the
calling thread, as a script would do it, and in a thread, as a server must that may not stop while the disk
is written. On PostgreSQL both use asyncpg and BEGIN, INSERT, COMMIT; the server's own time is not counted.
"""

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from agenthub.kit.auth.principal import Principal
from agenthub.kit.db.migrate import migrate_postgres, migrate_sqlite
from agenthub.kit.db.port import Database
from agenthub.kit.db.postgres import PostgresDatabase
from agenthub.kit.db.sqlite import SqliteDatabase, connect
from agenthub.kit.runtime import Ports, Runtime
from agenthub.kit.tracing import new_origin
from bench.measuring import Case, Line, Work, interleave
from bench.notes.service import BY_ID, IN_BOOK, PAGE, Note, NoteKept, notes, service

CALLER = Principal(kind="user", id="usr_1", organization_id="org_a")
ORIGIN = new_origin()
WAITING = 16
INSERT = "INSERT INTO notes (organization_id, id, book, title, body, labels, created_at) VALUES "
SELECT = "SELECT organization_id, id, book, title, body, labels, created_at FROM notes WHERE "
BAR = "≤ 2 x the driver"
_numbers = itertools.count()


def new_note() -> Note:
    number = f"note_{next(_numbers):026d}"
    now = datetime.now(UTC)
    return Note("org_a", number, "other", "a title of the usual length", "words " * 40, ["new", "blue"], now)


def repeated(once: Callable[[], Any]) -> Work:
    async def work(count: int) -> None:
        for _ in range(count):
            await once()

    return work


def at_once(once: Callable[[], Any]) -> Work:
    """The same with `WAITING` of them on their way at any time."""

    async def work(count: int) -> None:
        async def some() -> None:
            for _ in range(max(1, count // WAITING)):
                await once()

        await asyncio.gather(*(some() for _ in range(WAITING)))

    return work


class Kit:
    """The operations as a service writes them."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def insert(self) -> None:
        async with self.runtime.unit(CALLER, ORIGIN) as ctx:
            await ctx.db.insert(notes, new_note())

    async def insert_and_publish(self) -> None:
        async with self.runtime.unit(CALLER, ORIGIN) as ctx:
            note = new_note()
            await ctx.db.insert(notes, note)
            ctx.publish(NoteKept(note_id=note.id))

    async def by_key(self) -> None:
        async with self.runtime.unit(CALLER, ORIGIN) as ctx:
            assert await ctx.db.one(BY_ID, Note, id="first") is not None

    async def page(self) -> None:
        async with self.runtime.unit(CALLER, ORIGIN) as ctx:
            assert len(await ctx.db.all(IN_BOOK, Note, book="first")) == PAGE


class RawSqlite:
    """Nothing but sqlite3."""

    def __init__(self, connection: sqlite3.Connection, threads: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._threads = threads

    async def insert(self) -> None:
        self._insert(new_note())

    async def insert_in_thread(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, self._insert, new_note())

    async def by_key(self) -> None:
        self._rows("id = ? AND organization_id = ?", "first", "org_a")

    async def by_key_in_thread(self) -> None:
        loop = asyncio.get_running_loop()
        where = "id = ? AND organization_id = ?"
        await loop.run_in_executor(self._threads, self._rows, where, "first", "org_a")

    async def page(self) -> None:
        self._rows(f"book = ? AND organization_id = ? ORDER BY id LIMIT {PAGE}", "first", "org_a")

    async def page_in_thread(self) -> None:
        loop = asyncio.get_running_loop()
        where = f"book = ? AND organization_id = ? ORDER BY id LIMIT {PAGE}"
        await loop.run_in_executor(self._threads, self._rows, where, "first", "org_a")

    def _insert(self, note: Note) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute(INSERT + "(?, ?, ?, ?, ?, ?, ?)", as_text(note))
        self._connection.execute("COMMIT")

    def _rows(self, where: str, *values: str) -> list[Note]:
        rows = self._connection.execute(SELECT + where, values).fetchall()
        decode, moment = msgspec.json.decode, datetime.fromisoformat
        return [Note(*row[:5], decode(row[5]), moment(row[6])) for row in rows]


def as_text(note: Note) -> tuple[str, ...]:
    moment = note.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    labels = msgspec.json.encode(note.labels).decode()
    return (note.organization_id, note.id, note.book, note.title, note.body, labels, moment)


class RawPostgres:
    """Nothing but asyncpg, on one connection whose session is narrowed to the organization already."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def insert(self) -> None:
        note = new_note()
        labels = msgspec.json.encode(note.labels).decode()
        values = (note.organization_id, note.id, note.book, note.title, note.body, labels, note.created_at)
        await self._connection.execute("BEGIN")
        await self._connection.execute(INSERT + "($1, $2, $3, $4, $5, $6, $7)", *values)
        await self._connection.execute("COMMIT")

    async def by_key(self) -> None:
        await self._rows("organization_id = $1 AND id = $2", "org_a", "first")

    async def page(self) -> None:
        await self._rows(f"organization_id = $1 AND book = $2 ORDER BY id LIMIT {PAGE}", "org_a", "first")

    async def _rows(self, where: str, *values: str) -> list[Note]:
        rows = await self._connection.fetch(SELECT + where, *values)
        decode = msgspec.json.decode
        return [Note(*row[:5], decode(row[5]), row[6]) for row in rows]


@asynccontextmanager
async def opened(database: Database, ports: Ports) -> AsyncIterator[Kit]:
    """A runtime that is not started: nothing but what is asked for runs."""
    kit = Kit(Runtime(service, service.settings.model_validate({}), database, ports))
    async with kit.runtime.unit(CALLER, ORIGIN) as ctx:
        for number in range(PAGE):
            note = msgspec.structs.replace(new_note(), book="first")
            await ctx.db.insert(notes, note if number else msgspec.structs.replace(note, id="first"))
    yield kit


async def on_sqlite(folder: Path, ports: Ports, threads: ThreadPoolExecutor) -> list[Line]:
    ours, plain = folder / "kit.db", folder / "raw.db"
    for path in (ours, plain):
        migrate_sqlite(path, service.name, service.versions)
    database = SqliteDatabase(ours, threads)
    connection = connect(plain)
    lines: list[Line] = []
    async with opened(database, ports) as kit:
        for note in await _first(kit):
            connection.execute(INSERT + "(?, ?, ?, ?, ?, ?, ?)", as_text(note))
        raw = RawSqlite(connection, threads)
        for what, mine, inline, threaded in (
            ("read by key", kit.by_key, raw.by_key, raw.by_key_in_thread),
            (f"page of {PAGE}", kit.page, raw.page, raw.page_in_thread),
            ("insert", kit.insert, raw.insert, raw.insert_in_thread),
        ):
            limits = [Case("sqlite3 in a thread", repeated(threaded)), Case("sqlite3", repeated(inline))]
            lines.append(await _line(what, "SQLite", repeated(mine), limits, BAR))
        many = [Case("sqlite3 in a thread", repeated(raw.insert_in_thread))]
        lines.append(await _line(f"insert, {WAITING} at once", "SQLite", at_once(kit.insert), many, BAR))
        lines += await _with_event(kit, "SQLite")
    connection.close()
    await database.close()
    return lines


async def on_postgres(url: str, ports: Ports) -> list[Line]:
    await migrate_postgres(url, service.versions)
    database = PostgresDatabase(url)
    connection = await asyncpg.connect(url)
    await connection.execute("SELECT set_config('agenthub.organization', 'org_a', false)")
    raw = RawPostgres(connection)
    lines: list[Line] = []
    async with opened(database, ports) as kit:
        for what, mine, theirs in (
            ("read by key", kit.by_key, raw.by_key),
            (f"page of {PAGE}", kit.page, raw.page),
            ("insert", kit.insert, raw.insert),
        ):
            limits = [Case("asyncpg", repeated(theirs))]
            lines.append(await _line(what, "PostgreSQL", repeated(mine), limits, BAR))
        lines += await _with_event(kit, "PostgreSQL")
    await connection.close()
    await database.close()
    return lines


async def _first(kit: Kit) -> list[Note]:
    async with kit.runtime.unit(CALLER, ORIGIN) as ctx:
        return await ctx.db.all(IN_BOOK, Note, book="first")


async def _with_event(kit: Kit, engine: str) -> list[Line]:
    limits = [Case("the same without", repeated(kit.insert))]
    work = repeated(kit.insert_and_publish)
    return [await _line("transaction with one event", engine, work, limits, "≤ 2 x without")]


async def _line(what: str, engine: str, work: Work, limits: list[Case], bar: str) -> Line:
    ours = Case("kit", work)
    await interleave(ours, *limits)
    return Line(what, engine, ours, limits, bar)
