"""What every Feed promises."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from agenthub.kit.errors import Unavailable
from agenthub.kit.feed.memory import MemoryFeed
from agenthub.kit.feed.port import Feed, Lagged
from agenthub.kit.feed.redis import RedisFeed
from agenthub.kit.redis import open_redis
from tests.engines.redis import RedisServer

QUEUE = 8


@pytest.fixture(params=["memory", "redis"])
async def feed(request: pytest.FixtureRequest) -> AsyncIterator[Feed]:
    if request.param == "memory":
        yield MemoryFeed(queue_length=QUEUE)
        return
    redis = open_redis(request.getfixturevalue("redis_server").url)
    feed = RedisFeed(redis, "test", queue_length=QUEUE)
    yield feed
    await feed.close()
    await redis.aclose()


async def take(events: AsyncIterator[bytes], count: int) -> list[bytes]:
    async with asyncio.timeout(10):
        return [await anext(events) for _ in range(count)]


async def test_what_is_published_after_entering_is_heard_in_order(feed: Feed) -> None:
    await feed.publish("t", b"before")
    async with feed.listen("t") as events:
        for n in range(QUEUE):
            await feed.publish("t", b"%d" % n)
        assert await take(events, QUEUE) == [b"%d" % n for n in range(QUEUE)]


async def test_every_listener_of_a_topic_hears_and_no_other(feed: Feed) -> None:
    async with feed.listen("a") as one, feed.listen("a") as two, feed.listen("b") as other:
        await feed.publish("a", b"for a")
        await feed.publish("b", b"for b")
        assert await take(one, 1) == await take(two, 1) == [b"for a"]
        assert await take(other, 1) == [b"for b"]


async def test_a_topic_can_be_left_and_heard_again(feed: Feed) -> None:
    for n in range(5):
        async with feed.listen("t") as events:
            await feed.publish("t", b"%d" % n)
            assert await take(events, 1) == [b"%d" % n]


async def test_many_can_come_and_go_at_once(feed: Feed) -> None:
    async def once(n: int) -> list[bytes]:
        async with feed.listen(f"t{n % 5}:{n}") as events:
            await feed.publish(f"t{n % 5}:{n}", b"%d" % n)
            return await take(events, 1)

    assert await asyncio.gather(*(once(n) for n in range(50))) == [[b"%d" % n] for n in range(50)]


async def test_a_slow_listener_loses_the_oldest_is_told_and_goes_on(feed: Feed) -> None:
    async with feed.listen("t") as slow, feed.listen("t") as witness:
        for n in range(QUEUE + 3):
            await feed.publish("t", b"%d" % n)
            await take(witness, 1)
        with pytest.raises(Lagged):
            await anext(slow)
        assert await take(slow, QUEUE) == [b"%d" % n for n in range(3, QUEUE + 3)]
        await feed.publish("t", b"later")
        assert await take(slow, 1) == [b"later"]


async def test_closing_the_feed_ends_its_listeners(feed: Feed) -> None:
    async with feed.listen("t") as events:
        await feed.close()
        assert [event async for event in events] == []


async def test_two_processes_hear_each_other(redis_server: RedisServer) -> None:
    here, there = open_redis(redis_server.url), open_redis(redis_server.url)
    feed = RedisFeed(here, "test")
    async with feed.listen("t") as events:
        await RedisFeed(there, "test").publish("t", b"hello")
        assert await take(events, 1) == [b"hello"]
    await feed.close()
    await here.aclose()
    await there.aclose()


async def test_one_connection_carries_all_subscriptions(redis_server: RedisServer) -> None:
    redis = open_redis(redis_server.url)
    feed = RedisFeed(redis, "test")
    async with feed.listen("a"), feed.listen("b"), feed.listen("c"):
        clients = await redis.client_list(_type="pubsub")
        assert [client["sub"] for client in clients] == ["4"]
    await feed.close()
    await redis.aclose()


async def test_a_lost_connection_is_found_again_and_the_gap_is_told(redis_server: RedisServer) -> None:
    redis = open_redis(redis_server.url)
    feed = RedisFeed(redis, "test")
    async with feed.listen("t") as events:
        redis_server.stop()
        try:
            with pytest.raises(Unavailable):
                await feed.publish("t", b"lost")
            with pytest.raises(Unavailable):
                async with feed.listen("u"):
                    pass
        finally:
            redis_server.start()
        with pytest.raises(Lagged):
            await take(events, 1)
        await feed.publish("t", b"after")
        assert await take(events, 1) == [b"after"]
    await feed.close()
    await redis.aclose()


async def test_a_hanging_connection_is_noticed(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agenthub.kit.feed.redis.IDLE_SECONDS", 0.1)
    redis = open_redis(redis_server.url, timeout_seconds=0.2)
    feed = RedisFeed(redis, "test")
    async with feed.listen("t") as events:
        redis_server.pause()
        while not feed._gaps:
            await asyncio.sleep(0.01)
        redis_server.resume()
        with pytest.raises(Lagged):
            await take(events, 1)
    await feed.close()
    await redis.aclose()
