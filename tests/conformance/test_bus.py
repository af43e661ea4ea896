"""Every bus keeps the same promises: each subscriber gets each event at least once, in order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest

from agenthub.kit.bus.memory import MemoryBus
from agenthub.kit.bus.port import Bus
from agenthub.kit.bus.redis import RedisBus
from agenthub.kit.errors import Unavailable
from agenthub.kit.events import Envelope
from agenthub.kit.redis import open_redis
from tests.engines.redis import RedisServer

TOPICS = frozenset({"toys.happened"})


def envelope(number: int, topic: str = "toys.happened") -> Envelope:
    return Envelope(
        event_id=f"evt_{number}",
        topic=topic,
        order_key="name:a",
        organization_id="org_a",
        occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
        request_id="req",
        trace_id="0" * 32,
        actor="test",
        payload=b"{}",
    )


class Inbox:
    """Keeps what it receives, after failing as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.ids: list[str] = []
        self.changed = asyncio.Event()

    async def receive(self, events: Sequence[Envelope]) -> None:
        if self.failures:
            self.failures -= 1
            raise Unavailable("not now")
        self.ids += [event.event_id for event in events if event.event_id not in self.ids]
        self.changed.set()

    async def holds(self, count: int) -> list[str]:
        async with asyncio.timeout(15):
            while len(self.ids) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.ids


@pytest.fixture(params=["memory", "redis"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    if request.param == "memory":
        yield MemoryBus()
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    server.flush()
    redis = RedisBus(open_redis(server.url), "replica-1")
    yield redis
    await redis.close()


async def test_each_subscriber_gets_every_event_of_its_topics_in_order(bus: Bus) -> None:
    first, second = Inbox(), Inbox()
    async with (
        bus.subscription("one", TOPICS, first.receive),
        bus.subscription("two", TOPICS, second.receive),
    ):
        await bus.publish(
            "toys", [envelope(0, "toys.other"), *(envelope(number) for number in range(1, 600))]
        )
        expected = [f"evt_{number}" for number in range(1, 600)]
        assert await first.holds(599) == expected
        assert await second.holds(599) == expected


async def test_publishing_to_nobody_is_no_failure(bus: Bus) -> None:
    await bus.publish("toys", [envelope(1)])


async def test_an_event_published_before_its_subscriber_starts_is_not_lost(redis_server: RedisServer) -> None:
    redis_server.flush()
    bus = RedisBus(open_redis(redis_server.url), "replica-1")
    inbox = Inbox()
    async with bus.subscription("one", TOPICS, inbox.receive):
        await bus.publish("toys", [envelope(1)])
        await inbox.holds(1)
    await bus.publish("toys", [envelope(2)])
    async with bus.subscription("one", TOPICS, inbox.receive):
        assert await inbox.holds(2) == ["evt_1", "evt_2"]
    await bus.close()


async def test_what_was_received_but_not_kept_comes_again(redis_server: RedisServer) -> None:
    redis_server.flush()
    bus = RedisBus(open_redis(redis_server.url), "replica-1")
    inbox = Inbox(failures=2)
    async with bus.subscription("one", TOPICS, inbox.receive):
        await bus.publish("toys", [envelope(number) for number in range(5)])
        assert await inbox.holds(5) == [f"evt_{number}" for number in range(5)]
    await bus.close()


async def test_a_direct_bus_passes_its_receivers_failure_to_the_publisher() -> None:
    bus = MemoryBus()
    async with bus.subscription("one", TOPICS, Inbox(failures=1).receive):
        with pytest.raises(Unavailable):
            await bus.publish("toys", [envelope(1)])


async def test_a_flushed_server_is_noticed_by_the_publisher(redis_server: RedisServer) -> None:
    redis_server.flush()
    bus = RedisBus(open_redis(redis_server.url), "replica-1")
    await bus.publish("toys", [envelope(1)])
    assert not await bus.has_forgotten("toys")
    redis_server.flush()
    assert await bus.has_forgotten("toys")
    await bus.close()


async def test_a_subscriber_goes_on_after_the_server_was_away(redis_server: RedisServer) -> None:
    redis_server.flush()
    bus = RedisBus(open_redis(redis_server.url), "replica-1")
    inbox = Inbox()
    async with bus.subscription("one", TOPICS, inbox.receive):
        await bus.publish("toys", [envelope(1)])
        await inbox.holds(1)
        redis_server.stop()
        with pytest.raises(Unavailable):
            await bus.publish("toys", [envelope(2)])
        redis_server.start()
        async with asyncio.timeout(15):
            while len(inbox.ids) < 2:
                try:
                    await bus.publish("toys", [envelope(2)])
                except Unavailable:
                    await asyncio.sleep(0.05)
                await asyncio.sleep(0.05)
    await bus.close()
