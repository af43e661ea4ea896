"""Follows one thread: everything after a number, then whatever comes, in order and without gap."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from agenthub.contracts.conversations import ConversationsClient, LiveAnswer, live_topic
from agenthub.kit.errors import Problem
from agenthub.kit.feed.port import Lagged
from agenthub.kit.runtime import Runtime
from agenthub.kit.tasks.model import Origin
from agenthub.services.communication.webchat import thread
from agenthub.services.communication.webchat.models import Visitor
from agenthub.services.communication.webchat.shapes import Nudge
from agenthub.services.communication.webchat.visitor import principal

Sign = dict[str, Any]
_heard = msgspec.json.Decoder(Nudge | LiveAnswer)


async def follow(
    runtime: Runtime, visitor: Visitor, origin: Origin, after: int
) -> AsyncIterator[Sign | None]:
    """Signs for the client: numbered events, and pieces of running answers; None when it is quiet for long.

    Events come from the log, so none is lost or repeated; pieces are lossy and carry their offset.
    """
    topic = live_topic(thread.CHANNEL, visitor.thread)
    async with runtime.ports.feed.listen(topic) as heard:
        signs, seen = await _catch_up(runtime, visitor, origin, after)
        for sign in signs:
            yield sign
        for sign in await _running(runtime, visitor, origin):
            yield sign
        quiet = runtime.settings.ping_seconds  # type: ignore[attr-defined]  # the settings of this service
        while True:
            try:
                async with asyncio.timeout(quiet):
                    said = _heard.decode(await anext(heard))
            except TimeoutError:
                yield None
                continue
            except Lagged:
                said = Nudge(seq=seen + 1)
            if isinstance(said, LiveAnswer):
                yield _piece(said)
            elif said.seq > seen:
                signs, seen = await _catch_up(runtime, visitor, origin, seen)
                for sign in signs:
                    yield sign


async def _catch_up(runtime: Runtime, visitor: Visitor, origin: Origin, after: int) -> tuple[list[Sign], int]:
    signs: list[Sign] = []
    while True:
        async with runtime.unit(principal(visitor), origin) as ctx:
            events = await thread.after(ctx, visitor.thread, after)
        if not events:
            return signs, after
        signs += [event.model_dump(exclude_defaults=True) for event in events]
        after = events[-1].seq


async def _running(runtime: Runtime, visitor: Visitor, origin: Origin) -> list[Sign]:
    try:
        async with runtime.unit(principal(visitor), origin) as ctx:
            running = await ctx.client(ConversationsClient).running(visitor.thread)
    except Problem as problem:
        # The finished answer comes through the log all the same.
        runtime.log.warning("running_answer_unknown", reason=problem.detail)
        return []
    return [_piece(answer) for answer in running.answers]


def _piece(answer: LiveAnswer) -> Sign:
    return {
        "type": "delta",
        "message_id": answer.message_id,
        "offset": answer.offset,
        "text": answer.text,
    }
