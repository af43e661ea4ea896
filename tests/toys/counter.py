"""A service as small as can be, for tests of the kit: it counts what it hears and what it is asked to do."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, MetaData, Text, bindparam, select

from agenthub.kit.app.internal import InternalRoute
from agenthub.kit.context import Context
from agenthub.kit.db import tenant_table, upsert
from agenthub.kit.errors import Conflict, Unavailable
from agenthub.kit.events import Event
from agenthub.kit.service import Job, Service

metadata = MetaData()
counts = tenant_table(
    "counts", metadata, Column("name", Text, primary_key=True), Column("number", BigInteger, nullable=False)
)
seen = tenant_table(
    "seen",
    metadata,
    Column("position", BigInteger, primary_key=True),
    Column("name", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
)
_insert = upsert(counts).values(name=bindparam("name"), number=bindparam("by"))
ADD = _insert.on_conflict_do_update(
    index_elements=["name"], set_={"number": counts.c.number + _insert.excluded.number}
)
COUNT = select(counts.c.number).where(counts.c.name == bindparam("name"))
SEEN = select(seen.c.number).where(seen.c.name == bindparam("name")).order_by(seen.c.position)


class Happened(Event, topic="toys.happened", ordered_by="name"):
    """Something happened in a test."""

    name: str
    number: int = 1


class Count(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    number: int = 1


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    number: int


class Behaviour:
    """What handlers do besides counting; tests set it."""

    def __init__(self) -> None:
        self.fail_times: dict[int, int] = {}
        self.error: type[Exception] = Conflict
        self.started: list[datetime] = []
        self.position = 0


def counter_service(behaviour: Behaviour, name: str = "toys") -> Service:
    """A service named `name` that counts."""

    async def count(ctx: Context[Any], event: Happened) -> None:
        await _count(ctx, event)

    async def count_job(ctx: Context[Any], payload: Count) -> None:
        await _count(ctx, payload)

    async def _count(ctx: Context[Any], what: Any) -> None:
        behaviour.started.append(ctx.now())
        if behaviour.fail_times.get(what.number, 0) > 0:
            behaviour.fail_times[what.number] -= 1
            raise behaviour.error("as the test wants it")
        await ctx.db.execute(ADD, name=what.name, by=1)
        behaviour.position += 1
        row = {"position": behaviour.position, "name": what.name, "number": what.number}
        await ctx.db.insert(seen, row)

    job = Job("count_job", count_job, Count)

    async def say(ctx: Context[Any], what: Count) -> Count:
        ctx.publish(Happened(name=what.name, number=what.number))
        return what

    async def ask(ctx: Context[Any], what: Count) -> Count:
        ctx.enqueue(job, what, once_as=f"{what.name}:{what.number}", ordered_by=what.name)
        return what

    return Service(
        name=name,
        summary="Counts.",
        folder=Path(__file__).parent,
        port=3999,
        tables=metadata,
        internal=[
            InternalRoute("/internal/toys/say", say, Count),
            InternalRoute("/internal/toys/ask", ask, Count),
        ],
        publishes=[Happened],
        subscribes={Happened: count},
        jobs=[job],
    )


UNAVAILABLE = Unavailable
