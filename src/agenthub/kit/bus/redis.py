"""The bus of many processes: a Redis stream for each publisher, a consumer group for each subscriber.

Redis is never the only copy: publishers keep what they sent for a day, and send it again when the stream's
mark is gone (a flushed or replaced server).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from agenthub.kit.bus.port import Bus, Receive
from agenthub.kit.errors import Problem, Unavailable
from agenthub.kit.events import Envelope

_READ_COUNT = 500
_BLOCK_MILLISECONDS = 1000
_PAUSE_SECONDS = 1.0
_FIELD = b"e"


class RedisBus(Bus):
    """Redis Streams, read and acknowledged in batches.

    `publishers` maps each topic's owner to the stream it is found in; `consumer` names this replica, which
    takes up again what it had read and not acknowledged.
    """

    is_direct = False

    def __init__(self, redis: "Redis", consumer: str) -> None:
        self._redis = redis
        self._consumer = consumer

    async def publish(self, publisher: str, events: Sequence[Envelope]) -> None:
        try:
            pipeline = self._redis.pipeline(transaction=True)
            for event in events:
                entry: dict[Any, Any] = {_FIELD: msgspec.msgpack.encode(event)}
                pipeline.xadd(_stream(event.topic), entry)
            pipeline.set(_mark(publisher), b"1")
            await pipeline.execute()
        except (RedisError, OSError) as problem:
            raise Unavailable(f"the event bus does not answer ({problem})", retry_after=1) from problem

    def subscription(
        self, subscriber: str, topics: frozenset[str], receive: Receive
    ) -> AbstractAsyncContextManager[None]:
        return self._subscribed(subscriber, topics, receive)

    @asynccontextmanager
    async def _subscribed(
        self, subscriber: str, topics: frozenset[str], receive: Receive
    ) -> AsyncIterator[None]:
        leaving = asyncio.Event()
        reader = asyncio.create_task(self._read(subscriber, topics, receive, leaving))
        try:
            yield
        finally:
            # The client may turn a cancellation into a time-out, so the reader looks at the event too.
            leaving.set()
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)

    async def _read(
        self, subscriber: str, topics: frozenset[str], receive: Receive, leaving: asyncio.Event
    ) -> None:
        streams = sorted({_stream(topic) for topic in topics})
        pending = True
        while not leaving.is_set():
            try:
                if pending:
                    await self._make_groups(subscriber, streams)
                found = await self._redis.xreadgroup(
                    subscriber,
                    self._consumer,
                    dict.fromkeys(streams, "0" if pending else ">"),
                    count=_READ_COUNT,
                    block=None if pending else _BLOCK_MILLISECONDS,
                )
                pending = await self._take(subscriber, topics, receive, found) and pending
            except (RedisError, OSError, Problem):
                # Nothing is acknowledged, so it is read again as pending once the other side is back.
                pending = True
                if not leaving.is_set():
                    await asyncio.sleep(_PAUSE_SECONDS)

    async def _take(self, subscriber: str, topics: frozenset[str], receive: Receive, found: Any) -> bool:
        """Whether there was anything to take."""
        had_any = False
        for stream, rows in found:
            events = [msgspec.msgpack.decode(fields[_FIELD], type=Envelope) for _, fields in rows if fields]
            wanted = [event for event in events if event.topic in topics]
            if wanted:
                await receive(wanted)
            if rows:
                had_any = True
                await self._redis.xack(stream, subscriber, *[entry for entry, _ in rows])
        return had_any

    async def _make_groups(self, subscriber: str, streams: Sequence[str]) -> None:
        for stream in streams:
            with contextlib.suppress(ResponseError):  # it exists already
                await self._redis.xgroup_create(stream, subscriber, id="0", mkstream=True)

    async def has_forgotten(self, publisher: str) -> bool:
        try:
            return not await self._redis.exists(_mark(publisher))
        except (RedisError, OSError) as problem:
            raise Unavailable(f"the event bus does not answer ({problem})", retry_after=1) from problem

    async def close(self) -> None:
        await self._redis.aclose()


def _stream(topic: str) -> str:
    return f"agenthub:events:{topic.partition('.')[0]}"


def _mark(publisher: str) -> str:
    return f"agenthub:publisher:{publisher}"
