"""Every database keeps the same promises: scope, units, order of writers, typed rows."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    LargeBinary,
    MetaData,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    table,
    text,
    update,
)

from agenthub.kit.db import (
    Database,
    Json,
    Session,
    Timestamp,
    UniqueViolatedError,
    any_of,
    installation_table,
    one_of,
    tenant_table,
    upsert,
)
from agenthub.kit.db.compiled import Compiler
from agenthub.kit.db.migrate import enable_row_security, on_postgres, sqlite_connection
from agenthub.kit.db.scope import UnscopedStatementError
from agenthub.kit.db.session import ScopeMissingError
from agenthub.kit.db.sqlite import SqliteDatabase
from agenthub.kit.errors import Unavailable

metadata = MetaData()
notes = tenant_table(
    "notes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", BigInteger),
    Column("open", Boolean),
    Column("tags", Json),
    Column("body", LargeBinary),
    Column("made_at", Timestamp),
)
marks = tenant_table("marks", metadata, Column("id", Text, primary_key=True), Column("note_id", Text))
shared = installation_table("shared", metadata, Column("id", Text, primary_key=True), why="a test")


class Note(msgspec.Struct, kw_only=True):
    organization_id: str
    id: str
    number: int | None = None
    open: bool | None = None
    tags: Any = None
    body: bytes | None = None
    made_at: datetime | None = None


def create(connection: Any) -> None:
    metadata.create_all(connection)
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    operations = Operations(MigrationContext.configure(connection))
    for name in ("notes", "marks"):
        enable_row_security(operations, name)
    connection.commit()


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    if request.param == "sqlite":
        path = tmp_path / "notes.db"
        with sqlite_connection(path) as connection:
            create(connection)
        with ThreadPoolExecutor(2) as threads:
            opened: Database = SqliteDatabase(path, threads)
            yield opened
            await opened.close()
        return
    from agenthub.kit.db.postgres import PostgresDatabase

    url = await request.getfixturevalue("postgres").new_database()
    await on_postgres(url, create)
    opened = PostgresDatabase(url, connections=4)
    yield opened
    await opened.close()


class House:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.compiler = Compiler(database.dialect)

    def of(self, organization_id: str | None) -> Session:
        return Session(self.database, self.compiler, organization_id)

    async def keep(self, organization_id: str, *rows: dict[str, Any]) -> None:
        session = self.of(organization_id)
        await session.insert(notes, *rows)
        await session.commit()


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


ALL = select(notes).order_by(notes.c.id)
ONE = select(notes).where(notes.c.id == bindparam("id"))


async def test_a_row_comes_back_as_it_was_given(house: House) -> None:
    made = datetime(2026, 3, 1, 12, 30, 15, 250, tzinfo=UTC)
    row = {
        "id": "a",
        "number": 2**40,
        "open": True,
        "tags": {"x": [1, None]},
        "body": b"\x00\xff",
        "made_at": made,
    }
    await house.keep("org_a", row)
    found = await house.of("org_a").one(ONE, Note, id="a")
    assert found is not None
    assert msgspec.structs.asdict(found) == {"organization_id": "org_a", **row}


async def test_nothing_of_another_organization_is_seen_or_touched(house: House) -> None:
    await house.keep("org_a", {"id": "a", "number": 1})
    other = house.of("org_b")
    assert await other.one(ONE, Note, id="a") is None
    assert await other.execute(update(notes).values(number=9)) == 0
    assert await other.execute(delete(notes)) == 0
    await other.commit()
    found = await house.of("org_a").one(ONE, Note, id="a")
    assert found is not None
    assert found.number == 1


async def test_an_organization_in_the_row_itself_is_not_believed(house: House) -> None:
    await house.keep("org_a", {"id": "a", "number": 1, "organization_id": "org_b"})
    assert await house.of("org_b").one(ONE, Note, id="a") is None
    assert await house.of("org_a").one(ONE, Note, id="a") is not None


async def test_joins_and_subqueries_are_scoped_on_every_side(house: House) -> None:
    for organization in ("org_a", "org_b"):
        await house.keep(organization, {"id": organization, "number": 1})
        session = house.of(organization)
        await session.insert(marks, {"id": f"m_{organization}", "note_id": "org_a"})
        await session.commit()
    joined = select(func.count()).select_from(notes.outerjoin(marks, marks.c.note_id == notes.c.id))
    inside = select(marks.c.id).where(marks.c.note_id.in_(select(notes.c.id))).order_by(marks.c.id)
    assert await house.of("org_a").scalar(joined) == 1
    assert await house.of("org_a").scalar(inside) == "m_org_a"
    assert await house.of("org_b").scalar(inside) is None


async def test_a_statement_without_an_organization_fails(house: House) -> None:
    with pytest.raises(ScopeMissingError):
        await house.of(None).one(ONE, Note, id="a")


@pytest.mark.parametrize(
    "statement", [select(text("id")).select_from(notes), select(table("notes", Column("id", Text)))]
)
async def test_a_statement_that_cannot_be_scoped_is_refused(house: House, statement: Any) -> None:
    with pytest.raises(UnscopedStatementError):
        await house.of("org_a").scalar(statement)


async def test_a_sweep_sees_every_organization_and_says_so(house: House) -> None:
    await house.keep("org_a", {"id": "a"})
    await house.keep("org_b", {"id": "b"})
    found = await house.of(None).across_organizations().all(ALL, Note)
    assert [(row.organization_id, row.id) for row in found] == [("org_a", "a"), ("org_b", "b")]


async def test_a_unit_sees_its_own_writes_and_others_only_what_is_committed(house: House) -> None:
    writer = house.of("org_a")
    await writer.insert(notes, {"id": "a"})
    assert await writer.one(ONE, Note, id="a") is not None
    assert await house.of("org_a").one(ONE, Note, id="a") is None
    await writer.commit()
    assert await house.of("org_a").one(ONE, Note, id="a") is not None


async def test_a_unit_rolled_back_leaves_nothing_while_its_neighbours_stay(house: House) -> None:
    async def one(number: int) -> None:
        session = house.of("org_a")
        await session.insert(notes, {"id": f"n{number:02}", "number": number})
        await (session.rollback() if number % 3 == 0 else session.commit())

    await asyncio.gather(*(one(number) for number in range(30)))
    found = await house.of("org_a").all(ALL, Note)
    assert [row.number for row in found] == [number for number in range(30) if number % 3]


async def test_a_unit_given_up_in_the_middle_holds_nobody_up(house: House) -> None:
    async def stuck() -> None:
        session = house.of("org_a")
        try:
            await session.insert(notes, {"id": "stuck"})
            await asyncio.Event().wait()
        finally:
            await session.rollback()

    task = asyncio.create_task(stuck())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(5):
        await house.keep("org_a", {"id": "free"})
    assert [row.id for row in await house.of("org_a").all(ALL, Note)] == ["free"]


async def test_the_same_unique_value_twice_is_named(house: House) -> None:
    await house.keep("org_a", {"id": "a"})
    session = house.of("org_a")
    with pytest.raises(UniqueViolatedError):
        await session.insert(notes, {"id": "a"})
    await session.rollback()


async def test_lists_of_any_length_share_one_statement(house: House) -> None:
    await house.keep("org_a", *({"id": letter, "number": 1} for letter in "abc"))
    some = select(notes).where(any_of(notes.c.id, "ids")).order_by(notes.c.id)
    session = house.of("org_a")
    assert [row.id for row in await session.all(some, Note, ids=["a", "c", "z"])] == ["a", "c"]
    assert await session.all(some, Note, ids=[]) == []
    fixed = select(notes).where(one_of(notes.c.id, "a", "b")).order_by(notes.c.id)
    assert [row.id for row in await session.all(fixed, Note)] == ["a", "b"]


async def test_an_upsert_adds_up_under_parallel_writers(house: House) -> None:
    statement = upsert(notes).values(id="sum", number=bindparam("by"))
    adding = statement.on_conflict_do_update(
        index_elements=["id"], set_={"number": notes.c.number + statement.excluded.number}
    ).returning(notes.c.number)

    async def add() -> None:
        session = house.of("org_a")
        await session.scalar(adding, by=1)
        await session.commit()

    await asyncio.gather(*(add() for _ in range(25)))
    found = await house.of("org_a").one(ONE, Note, id="sum")
    assert found is not None
    assert found.number == 25


async def test_insert_from_select_is_refused_on_tenant_tables(house: House) -> None:
    statement = insert(notes).from_select(["id"], select(shared.c.id))
    with pytest.raises(UnscopedStatementError):
        await house.of("org_a").execute(statement)


async def test_slow_reads_see_what_is_committed(house: House) -> None:
    await house.keep("org_a", {"id": "a"})
    assert [row.id for row in await house.of("org_a").all(ALL, Note, slow=True)] == ["a"]


async def test_row_level_security_is_the_second_lock(postgres: Any) -> None:
    from agenthub.kit.db.postgres import PostgresDatabase

    url = await postgres.new_database()
    await on_postgres(url, create)
    opened = PostgresDatabase(url)
    await House(opened).keep("org_a", {"id": "a"})
    unscoped = "SELECT count(*) FROM notes"
    assert [tuple(row) for row in await opened.read(unscoped, [], "org_a")] == [(1,)]
    assert [tuple(row) for row in await opened.read(unscoped, [], "org_b")] == [(0,)]
    assert [tuple(row) for row in await opened.read(unscoped, [], "")] == [(0,)]
    await opened.close()


async def test_a_server_that_restarts_is_unavailable_and_then_serves_again(postgres: Any) -> None:
    from agenthub.kit.db.postgres import PostgresDatabase

    url = await postgres.new_database()
    await on_postgres(url, create)
    opened = PostgresDatabase(url)
    house = House(opened)
    await house.keep("org_a", {"id": "a"})
    postgres.restart_immediate()
    async with asyncio.timeout(10):
        while True:
            try:
                found = await house.of("org_a").all(ALL, Note)
                break
            except Unavailable:
                await asyncio.sleep(0.05)
    assert [row.id for row in found] == ["a"]
    await opened.close()
