"""A thread's numbered log: what a client replays after it was away."""

from typing import Any

import msgspec

from agenthub.contracts.conversations import live_topic
from agenthub.services.communication.webchat import models
from agenthub.services.communication.webchat.models import LoggedEvent
from agenthub.services.communication.webchat.shapes import Nudge, ThreadEvent
from agenthub.services.communication.webchat.visitor import Unit

CHANNEL = "webchat"
_PAGE = 200


async def append(ctx: Unit, thread: str, key: str, payload: dict[str, Any]) -> tuple[int, bool]:
    """The number of the event with this key, and whether it is new; watchers are told after the commit.

    A thread that is gone takes nothing: number 0.
    """
    await ctx.db.lock()
    if await ctx.db.scalar(models.HOLD_THREAD, of_thread=thread) is None:
        return 0, False
    known = await ctx.db.one(models.EVENT_BY_KEY, LoggedEvent, thread=thread, key=key)
    if known is not None:
        return known.seq, False
    seq = await ctx.db.scalar(models.NEXT_SEQ, of_thread=thread)
    row = {"thread": thread, "seq": seq, "key": key, "payload": payload, "created_at": ctx.now()}
    await ctx.db.insert(models.channel_events, row)
    feed, topic, nudge = (
        ctx.runtime.ports.feed,
        live_topic(CHANNEL, thread),
        msgspec.json.encode(Nudge(seq=seq)),
    )

    async def nudge_watchers() -> None:
        await feed.publish(topic, nudge)

    ctx.afterwards(nudge_watchers)
    return int(seq), True


async def after(ctx: Unit, thread: str, seq: int) -> list[ThreadEvent]:
    """The next events behind this number, oldest first."""
    rows = await ctx.db.all(models.EVENTS_AFTER, LoggedEvent, thread=thread, after=seq, limit=_PAGE)
    return [ThreadEvent(seq=row.seq, **row.payload) for row in rows]
