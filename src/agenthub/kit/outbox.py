"""The outbox: events are rows of the transaction that caused them, and leave after it."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import bindparam, delete, func, select, update

from agenthub.kit.crash import crash_point
from agenthub.kit.db.expressions import any_of
from agenthub.kit.db.tables import outbox
from agenthub.kit.errors import Problem
from agenthub.kit.events import Envelope, Event

if TYPE_CHECKING:
    from agenthub.kit.context import Context
    from agenthub.kit.runtime import Runtime

BATCH = 500
KEEP_SENT = timedelta(hours=24)
_PAUSE_SECONDS = 1.0


class _Row(Envelope, frozen=True, kw_only=True):
    seq: int
    sent_at: Any = None


_UNSENT = select(outbox).where(outbox.c.sent_at.is_(None)).order_by(outbox.c.seq).limit(BATCH)
_DROP = delete(outbox).where(any_of(outbox.c.event_id, "ids"))
_MARK = update(outbox).where(any_of(outbox.c.event_id, "ids")).values(sent_at=bindparam("now"))
_PRUNE = delete(outbox).where(outbox.c.sent_at < bindparam("before"))
_RESEND = update(outbox).where(outbox.c.sent_at.is_not(None)).values(sent_at=None)
_COUNT = select(func.count()).select_from(outbox).where(outbox.c.sent_at.is_(None))


def envelope(ctx: "Context[Any]", event: Event) -> Envelope:
    """The event with what is known about how it came to be."""
    return Envelope(
        event_id=ctx.new_id("evt"),
        topic=event.topic,
        order_key=event.order_key,
        organization_id=event.organization_id,
        occurred_at=ctx.now(),
        request_id=ctx.origin.request_id,
        trace_id=ctx.origin.trace_id,
        actor=ctx.caller.name,
        payload=msgspec.json.encode(event),
    )


class Relay:
    """Carries a service's events from its outbox to the bus, in the order in which they were written.

    A bus that hands events straight to their hearers' databases needs no further copy, so the row goes; one
    that keeps them elsewhere may lose them, so the row stays for 24 hours to be sent again.
    """

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Relay until cancelled."""
        while True:
            self._woken.clear()
            try:
                moved = await self._relay_batch() if await self._runtime.leadership.holds("relay") else 0
            except Problem as problem:
                self._runtime.log.warning("relay_waits", reason=problem.detail)
                moved = 0
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            if moved < BATCH:
                await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._runtime.ports.poll_seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _relay_batch(self) -> int:
        runtime = self._runtime
        async with runtime.own_unit() as ctx:
            if await runtime.ports.bus.has_forgotten(runtime.service.name):
                await ctx.db.execute(_RESEND)
            rows = await ctx.db.all(_UNSENT, _Row)
            if not rows:
                return 0
            crash_point("relay.before_publish")
            await runtime.ports.bus.publish(runtime.service.name, rows)
            crash_point("relay.after_publish")
            ids = [row.event_id for row in rows]
            if runtime.ports.bus.is_direct:
                await ctx.db.execute(_DROP, ids=ids)
            else:
                await ctx.db.execute(_MARK, ids=ids, now=ctx.now())
                await ctx.db.execute(_PRUNE, before=ctx.now() - KEEP_SENT)
        return len(rows)

    async def waiting(self) -> int:
        """How many events have not left yet."""
        async with self._runtime.own_unit() as ctx:
            return int(await ctx.db.scalar(_COUNT))
