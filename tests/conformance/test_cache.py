"""What every Cache promises."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from agenthub.kit.cache.memory import MemoryCache
from agenthub.kit.cache.port import Cache
from agenthub.kit.cache.redis import RedisCache
from agenthub.kit.clock import FrozenClock
from agenthub.kit.errors import Unavailable
from agenthub.kit.redis import open_redis
from tests.engines.redis import RedisServer, age


@dataclass
class Subject:
    cache: Cache
    pass_seconds: Callable[[float], Awaitable[None]]


@pytest.fixture(params=["memory", "redis"])
async def subject(request: pytest.FixtureRequest, clock: FrozenClock) -> AsyncIterator[Subject]:
    if request.param == "memory":

        async def advance(seconds: float) -> None:
            clock.advance(seconds=seconds)

        yield Subject(MemoryCache(clock), advance)
        return
    redis = open_redis(request.getfixturevalue("redis_server").url)
    yield Subject(RedisCache(redis, "test"), lambda seconds: age(redis, seconds))
    await redis.aclose()


async def test_what_was_set_is_got(subject: Subject) -> None:
    await subject.cache.set("a", b"\x00\xff", 60)
    assert await subject.cache.get("a") == b"\x00\xff"
    assert await subject.cache.get("b") is None


async def test_the_last_value_and_its_expiry_win(subject: Subject) -> None:
    await subject.cache.set("a", b"old", 10)
    await subject.cache.set("a", b"new", 60)
    await subject.pass_seconds(30)
    assert await subject.cache.get("a") == b"new"


async def test_an_expired_value_is_gone(subject: Subject) -> None:
    await subject.cache.set("a", b"1", 10)
    await subject.pass_seconds(9)
    assert await subject.cache.get("a") == b"1"
    await subject.pass_seconds(1.1)
    assert await subject.cache.get("a") is None


async def test_a_deleted_value_is_gone_and_deleting_again_is_harmless(subject: Subject) -> None:
    await subject.cache.set("a", b"1", 60)
    await subject.cache.delete("a")
    await subject.cache.delete("a")
    assert await subject.cache.get("a") is None


async def test_add_keeps_the_first_value_until_it_expires(subject: Subject) -> None:
    assert await subject.cache.add("a", b"1", 10)
    assert not await subject.cache.add("a", b"2", 10)
    assert await subject.cache.get("a") == b"1"
    await subject.pass_seconds(10.1)
    assert await subject.cache.add("a", b"3", 10)
    assert await subject.cache.get("a") == b"3"


async def test_an_empty_value_is_a_value(subject: Subject) -> None:
    await subject.cache.set("a", b"", 10)
    assert await subject.cache.get("a") == b""
    assert not await subject.cache.add("a", b"1", 10)


async def test_a_full_memory_cache_forgets_the_least_recently_used(clock: FrozenClock) -> None:
    cache = MemoryCache(clock, capacity=2)
    await cache.set("a", b"1", 60)
    await cache.set("b", b"2", 60)
    await cache.get("a")
    await cache.set("c", b"3", 60)
    assert [await cache.get(key) for key in "abc"] == [b"1", None, b"3"]


async def test_two_namespaces_share_one_redis_without_meeting(redis_server: RedisServer) -> None:
    redis = open_redis(redis_server.url)
    await RedisCache(redis, "one").set("a", b"1", 60)
    assert await RedisCache(redis, "two").get("a") is None
    await redis.aclose()


async def test_a_redis_that_is_gone_is_unavailable_and_recovers(redis_server: RedisServer) -> None:
    redis = open_redis(redis_server.url)
    cache = RedisCache(redis, "test")
    await cache.set("a", b"1", 60)
    redis_server.stop()
    try:
        with pytest.raises(Unavailable, match="Redis cannot be reached"):
            await cache.get("a")
    finally:
        redis_server.start()
    assert await cache.get("a") is None
    await cache.set("a", b"2", 60)
    assert await cache.get("a") == b"2"
    await redis.aclose()


async def test_a_redis_that_hangs_is_unavailable_after_the_timeout(redis_server: RedisServer) -> None:
    redis = open_redis(redis_server.url, timeout_seconds=0.1)
    cache = RedisCache(redis, "test")
    await cache.set("a", b"1", 60)
    redis_server.pause()
    try:
        with pytest.raises(Unavailable):
            await cache.get("a")
    finally:
        redis_server.resume()
    assert await cache.get("a") == b"1"
    await redis.aclose()
