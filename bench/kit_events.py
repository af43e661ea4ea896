"""An event's way: from the outbox to its hearer's database, and from there to the end of its handler.

The limit of the relay is the driver alone: read 500 rows, write them to the other database, commit, delete
them, commit. On Redis it is a pipeline of 500 XADD.
"""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from agenthub.kit.bus.memory import MemoryBus
from agenthub.kit.bus.redis import RedisBus
from agenthub.kit.db.migrate import migrate_postgres, migrate_sqlite
from agenthub.kit.db.port import Database
from agenthub.kit.db.postgres import PostgresDatabase
from agenthub.kit.db.sqlite import SqliteDatabase, connect
from agenthub.kit.db.tables import outbox
from agenthub.kit.events import Envelope
from agenthub.kit.outbox import BATCH, envelope
from agenthub.kit.redis import open_redis
from agenthub.kit.runtime import Ports, Runtime
from agenthub.kit.tasks import statements as sql
from bench.kit_database import CALLER, ORIGIN
from bench.measuring import ROUNDS, Case, Line
from bench.notes.service import NoteKept, service
from tests.engines.postgres import PostgresServer
from tests.engines.redis import RedisServer

EVENTS = 2_000
RELAY_BAR = "≤ 100 µs (10,000 events/s)"
_COLUMNS = "event_id, topic, order_key, organization_id, occurred_at, request_id, trace_id, actor, payload"
_TAKEN = "id, name, order_key, organization_id, run_at, origin, payload"


def _runtime(database: Database, ports: Ports) -> Runtime:
    return Runtime(service, service.settings.model_validate({}), database, ports)


async def _say(runtime: Runtime, count: int) -> None:
    async with runtime.unit(CALLER, ORIGIN) as ctx:
        said = [NoteKept(organization_id="org_a", note_id=f"note_{number}") for number in range(count)]
        await ctx.db.insert(outbox, *(envelope(ctx, event) for event in said))


async def _measured(case: Case, prepare: Any) -> None:
    """`work(count)` is timed, `prepare(count)` is not."""
    import time

    await prepare(EVENTS)
    cpu, wall = time.process_time(), time.perf_counter()
    await case.work(EVENTS)
    case.cpu.append((time.process_time() - cpu) / EVENTS * 1e6)
    case.wall.append((time.perf_counter() - wall) / EVENTS * 1e6)


async def _relayed(says: Runtime, hears: Runtime) -> Case:
    async def prepare(count: int) -> None:
        await _say(says, count)

    async def work(_count: int) -> None:
        while await says.relay._relay_batch():
            continue

    topics = frozenset({NoteKept.topic})
    case = Case("kit", work)
    async with says.ports.bus.subscription("hears", topics, hears.receive):
        for _ in range(ROUNDS + 1):
            await _measured(case, prepare)
    del case.cpu[0], case.wall[0]
    return case


async def _handled(hears: Runtime) -> Case:
    """What the relay has brought is worked through by the queue, each event with its handler's own unit."""

    async def prepare(count: int) -> None:
        async with hears.unit(CALLER, ORIGIN) as ctx:
            await ctx.db.execute(sql.PRUNE, before=ctx.now())
        said = [NoteKept(organization_id="org_a", note_id=f"note_{number}") for number in range(count)]
        async with hears.unit(CALLER, ORIGIN) as ctx:
            envelopes = [envelope(ctx, event) for event in said]
        await hears.receive(envelopes)

    async def work(_count: int) -> None:
        running = asyncio.create_task(hears.tasks.run())
        while True:
            async with hears.own_unit() as ctx:
                if not await ctx.db.scalar(sql.COUNT_OPEN):
                    break
            await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    async with hears.own_unit() as ctx:
        await ctx.db.execute(_drop_all())
    case = Case("kit", work)
    for _ in range(3):
        await _measured(case, prepare)
    return case


def _drop_all() -> Any:
    from sqlalchemy import delete

    from agenthub.kit.db.tables import tasks

    return delete(tasks)


async def on_sqlite(folder: Path, ports: Ports, threads: Any) -> list[Line]:
    databases: list[Database] = []
    for name in ("says", "hears"):
        migrate_sqlite(folder / f"{name}.db", service.name, service.versions)
        databases.append(SqliteDatabase(folder / f"{name}.db", threads))
    chosen = replace(ports, bus=MemoryBus())
    says, hears = (_runtime(database, chosen) for database in databases)
    relayed = await _relayed(says, hears)
    handled = await _handled(hears)
    for database in databases:
        await database.close()
    limit = await _raw_relay(folder)
    return [
        Line("relay, an event", "SQLite, memory bus", relayed, [limit], RELAY_BAR),
        Line("hearing, an event", "SQLite", handled),
    ]


async def _raw_relay(folder: Path) -> Case:
    says, hears = connect(folder / "raw_says.db"), connect(folder / "raw_hears.db")
    says.execute(f"CREATE TABLE outbox (seq INTEGER PRIMARY KEY, {_COLUMNS}, UNIQUE (event_id))")
    hears.execute(f"CREATE TABLE taken (seq INTEGER PRIMARY KEY, {_TAKEN}, UNIQUE (id))")
    count = 0

    async def prepare(events: int) -> None:
        nonlocal count
        row = ("notes.note_kept", "note_id:1", "org_a", "2026-01-01T00:00:00.000000Z", "req", "trace", "user")
        rows = []
        for _ in range(events):
            count += 1
            rows.append((f"evt_{count:026d}", *row, b'{"note_id":"note_1"}'))
        says.execute("BEGIN IMMEDIATE")
        says.executemany(f"INSERT INTO outbox ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        says.execute("COMMIT")

    def move() -> int:
        rows = says.execute(f"SELECT {_COLUMNS} FROM outbox ORDER BY seq LIMIT {BATCH}").fetchall()
        taken = [(row[0], row[1], row[2], row[3], row[4], row[5], row[8]) for row in rows]
        hears.execute("BEGIN IMMEDIATE")
        hears.executemany(f"INSERT OR IGNORE INTO taken ({_TAKEN}) VALUES (?, ?, ?, ?, ?, ?, ?)", taken)
        hears.execute("COMMIT")
        says.execute("BEGIN IMMEDIATE")
        says.executemany("DELETE FROM outbox WHERE event_id = ?", [(row[0],) for row in rows])
        says.execute("COMMIT")
        return len(rows)

    async def work(_count: int) -> None:
        while move():
            continue

    case = Case("sqlite3", work)
    for _ in range(ROUNDS):
        await _measured(case, prepare)
    says.close()
    hears.close()
    return case


async def on_postgres(server: PostgresServer, ports: Ports) -> list[Line]:
    databases: list[Database] = []
    for _ in range(2):
        url = await server.new_database()
        await migrate_postgres(url, service.versions)
        databases.append(PostgresDatabase(url))
    chosen = replace(ports, bus=MemoryBus())
    says, hears = (_runtime(database, chosen) for database in databases)
    relayed = await _relayed(says, hears)
    handled = await _handled(hears)
    for database in databases:
        await database.close()
    return [
        Line("relay, an event", "PostgreSQL, memory bus", relayed, bar=RELAY_BAR),
        Line("hearing, an event", "PostgreSQL", handled),
    ]


async def on_redis(server: RedisServer, folder: Path, ports: Ports, threads: Any) -> list[Line]:
    migrate_sqlite(folder / "redis.db", service.name, service.versions)
    redis = open_redis(server.url)
    bus = RedisBus(redis, "1")
    database = SqliteDatabase(folder / "redis.db", threads)
    says = _runtime(database, replace(ports, bus=bus))

    async def prepare(count: int) -> None:
        await _say(says, count)

    async def work(_count: int) -> None:
        while await says.relay._relay_batch():
            continue

    async with says.unit(CALLER, ORIGIN) as ctx:
        event = msgspec.msgpack.encode(envelope(ctx, NoteKept(organization_id="org_a", note_id="note_1")))
    assert msgspec.msgpack.decode(event, type=Envelope).topic == NoteKept.topic

    async def nothing(_count: int) -> None:
        return

    async def plain(count: int) -> None:
        for _ in range(count // BATCH):
            pipeline = redis.pipeline(transaction=True)
            for _ in range(BATCH):
                pipeline.xadd("plain", {b"e": event})
            await pipeline.execute()

    ours, limit = Case("kit", work), Case("redis-py, XADD in pipelines", plain)
    for _ in range(ROUNDS):
        await _measured(ours, prepare)
        await _measured(limit, nothing)
    await redis.aclose()
    await database.close()
    return [Line("relay, an event", "SQLite, Redis bus", ours, [limit], RELAY_BAR)]
