"""A feed between processes: one Redis connection carries all subscriptions of this one."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import TimeoutError as RedisTimeoutError

from agenthub.kit.errors import Problem, Unavailable
from agenthub.kit.feed.listener import QUEUE_LENGTH, Listener
from agenthub.kit.feed.port import Feed
from agenthub.kit.redis import reaching_redis

RECONNECT_SECONDS = 0.5
IDLE_SECONDS = 5.0
CONFIRM_SECONDS = 5.0


class RedisFeed(Feed):
    """Only the reader task touches the subscribing connection; others wake it on a private channel."""

    def __init__(self, redis: Redis, namespace: str, *, queue_length: int = QUEUE_LENGTH) -> None:
        self._redis = redis
        self._prefix = f"{namespace}:feed:"
        self._wake = f"{namespace}:wake:{secrets.token_hex(8)}".encode()
        self._queue_length = queue_length
        self._listeners: dict[bytes, set[Listener]] = {}
        self._confirmed: dict[bytes, asyncio.Future[Problem | None]] = {}
        self._gaps: set[bytes] = set()
        self._reader: asyncio.Task[None] | None = None

    async def publish(self, topic: str, data: bytes) -> None:
        with reaching_redis():
            await self._redis.publish(self._prefix + topic, data)

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[AsyncIterator[bytes]]:
        channel = (self._prefix + topic).encode()
        listener = Listener(self._queue_length)
        self._listeners.setdefault(channel, set()).add(listener)
        try:
            await self._confirm(channel)
            yield listener
        finally:
            await self._leave(channel, listener)

    async def close(self) -> None:
        while self._reader and not self._reader.done():
            # More than once: before Python 3.12 `wait_for`, which the client sends with, may swallow it.
            self._reader.cancel()
            await asyncio.wait([self._reader], timeout=0.05)
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.end()

    async def _confirm(self, channel: bytes) -> None:
        """Return once Redis has acknowledged that the channel is followed."""
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._run())
        if channel not in self._confirmed:
            self._confirmed[channel] = asyncio.get_running_loop().create_future()
            await self._nudge()
        try:
            async with asyncio.timeout(CONFIRM_SECONDS):
                problem = await asyncio.shield(self._confirmed[channel])
        except TimeoutError:
            problem = Unavailable("Redis did not confirm a subscription in time. Try again shortly.")
        if problem:
            raise problem

    async def _leave(self, channel: bytes, listener: Listener) -> None:
        listeners = self._listeners[channel]
        listeners.discard(listener)
        if not listeners:
            del self._listeners[channel]
            self._confirmed.pop(channel, None)
            self._gaps.discard(channel)
            with suppress(Unavailable):
                await self._nudge()

    async def _nudge(self) -> None:
        with reaching_redis():
            await self._redis.publish(self._wake, b"")

    async def _run(self) -> None:
        while True:
            pubsub = self._redis.pubsub()
            try:
                with reaching_redis():
                    await self._follow(pubsub)
            except Problem as problem:
                self._lose(problem)
            finally:
                await pubsub.aclose()  # type: ignore[no-untyped-call]
            await asyncio.sleep(RECONNECT_SECONDS)

    def _lose(self, problem: Problem) -> None:
        """Refuse who waits for a confirmation; who listens already has a gap from now on."""
        for channel, confirmed in self._confirmed.items():
            if not confirmed.done():
                confirmed.set_result(problem)
            elif confirmed.result() is None:
                self._gaps.add(channel)
        self._confirmed.clear()

    async def _follow(self, pubsub: PubSub) -> None:
        subscribed: set[bytes] = set()
        silent = False
        await pubsub.subscribe(self._wake)
        while True:
            message = await pubsub.get_message(timeout=IDLE_SECONDS)
            if message is None and silent:
                raise RedisTimeoutError("no answer to a ping on the subscribing connection")
            if message is None:
                await pubsub.ping()
            elif message["channel"] == self._wake:
                await self._synchronise(pubsub, subscribed)
            else:
                self._handle(message)
            silent = message is None

    async def _synchronise(self, pubsub: PubSub, subscribed: set[bytes]) -> None:
        """Follow exactly the channels that have listeners; ask again for the unconfirmed."""
        unwanted = subscribed - self._listeners.keys()
        if unwanted:
            subscribed -= unwanted
            await pubsub.unsubscribe(*unwanted)
        missing = []
        for channel in self._listeners:
            confirmed = self._confirmed.setdefault(channel, asyncio.get_running_loop().create_future())
            if not confirmed.done():
                missing.append(channel)
        if missing:
            subscribed.update(missing)
            await pubsub.subscribe(*missing)

    def _handle(self, message: dict[str, Any]) -> None:
        channel = message["channel"]
        if message["type"] == "message":
            for listener in self._listeners.get(channel, ()):
                listener.put(message["data"])
        elif message["type"] == "subscribe":
            self._acknowledge(channel)

    def _acknowledge(self, channel: bytes) -> None:
        confirmed = self._confirmed.get(channel)
        if confirmed and not confirmed.done():
            confirmed.set_result(None)
        if channel in self._gaps:
            self._gaps.discard(channel)
            for listener in self._listeners.get(channel, ()):
                listener.lag()
