"""What all Locks promise."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from agenthub.kit.cache.memory import MemoryLocks
from agenthub.kit.cache.port import Locks
from agenthub.kit.cache.redis import RedisLocks
from agenthub.kit.clock import FrozenClock
from agenthub.kit.errors import Unavailable
from agenthub.kit.redis import open_redis
from tests.engines.redis import RedisServer, age


@dataclass
class Subject:
    locks: Locks
    pass_seconds: Callable[[float], Awaitable[None]]


@pytest.fixture(params=["memory", "redis"])
async def subject(request: pytest.FixtureRequest, clock: FrozenClock) -> AsyncIterator[Subject]:
    if request.param == "memory":

        async def advance(seconds: float) -> None:
            clock.advance(seconds=seconds)

        yield Subject(MemoryLocks(clock), advance)
        return
    redis = open_redis(request.getfixturevalue("redis_server").url)
    yield Subject(RedisLocks(redis, "test"), lambda seconds: age(redis, seconds))
    await redis.aclose()


async def test_one_holder_at_a_time(subject: Subject) -> None:
    assert await subject.locks.acquire("job", "a", 10) is not None
    assert await subject.locks.acquire("job", "b", 10) is None
    assert await subject.locks.acquire("other", "b", 10) is not None


async def test_of_many_at_once_one_wins(subject: Subject) -> None:
    tokens = await asyncio.gather(*(subject.locks.acquire("job", str(n), 10) for n in range(20)))
    assert sum(token is not None for token in tokens) == 1


async def test_the_holder_renews_and_keeps_its_token(subject: Subject) -> None:
    token = await subject.locks.acquire("job", "a", 10)
    await subject.pass_seconds(8)
    assert await subject.locks.acquire("job", "a", 10) == token
    await subject.pass_seconds(8)
    assert await subject.locks.acquire("job", "b", 10) is None


async def test_every_new_holder_gets_a_larger_token(subject: Subject) -> None:
    tokens = []
    for holder in "abab":
        tokens.append(await subject.locks.acquire("job", holder, 10))
        assert await subject.locks.release("job", holder)
    assert await subject.locks.acquire("job", "c", 10) is not None
    await subject.pass_seconds(10.1)
    tokens.append(await subject.locks.acquire("job", "c", 10))
    assert all(earlier < later for earlier, later in itertools.pairwise(tokens))


async def test_an_expired_lock_is_free_and_cannot_be_released(subject: Subject) -> None:
    await subject.locks.acquire("job", "a", 10)
    await subject.pass_seconds(10.1)
    assert not await subject.locks.release("job", "a")
    assert await subject.locks.acquire("job", "b", 10) is not None


async def test_nobody_releases_the_lock_of_another(subject: Subject) -> None:
    await subject.locks.acquire("job", "a", 10)
    assert not await subject.locks.release("job", "b")
    assert await subject.locks.acquire("job", "b", 10) is None


async def test_tokens_grow_over_a_loss_of_all_data(redis_server: RedisServer) -> None:
    redis = open_redis(redis_server.url)
    locks = RedisLocks(redis, "test")
    before = await locks.acquire("job", "a", 10)
    redis_server.stop()
    try:
        with pytest.raises(Unavailable):
            await locks.acquire("job", "a", 10)
    finally:
        redis_server.start()
    after = await locks.acquire("job", "b", 10)
    assert before is not None
    assert after is not None
    assert before < after
    await redis.aclose()


async def test_tokens_grow_over_a_restart_of_the_process(clock: FrozenClock) -> None:
    before = await MemoryLocks(clock).acquire("job", "a", 10)
    clock.advance(seconds=1)
    after = await MemoryLocks(clock).acquire("job", "b", 10)
    assert before is not None
    assert after is not None
    assert before < after
