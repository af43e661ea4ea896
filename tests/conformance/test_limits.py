"""What all Limits promise."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from redis.asyncio import Redis

from agenthub.kit.cache.memory import MemoryLimits
from agenthub.kit.cache.port import Limits
from agenthub.kit.cache.redis import RedisLimits
from agenthub.kit.clock import FrozenClock
from agenthub.kit.redis import open_redis
from tests.engines.redis import RedisServer


def redis_limits(redis: Redis, clock: FrozenClock) -> RedisLimits:
    return RedisLimits(redis, "test", clock, MemoryLimits(clock))


@pytest.fixture(params=["memory", "redis"])
async def limits(request: pytest.FixtureRequest, clock: FrozenClock) -> AsyncIterator[Limits]:
    if request.param == "memory":
        yield MemoryLimits(clock)
        return
    redis = open_redis(request.getfixturevalue("redis_server").url)
    yield redis_limits(redis, clock)
    await redis.aclose()


async def test_the_limit_is_reached_exactly(limits: Limits) -> None:
    answers = [await limits.take("k", 1, 3, 60) for _ in range(4)]
    assert [answer.allowed for answer in answers] == [True, True, True, False]
    assert [answer.remaining for answer in answers] == [2, 1, 0, 0]
    assert all(answer.limit == 3 for answer in answers)


async def test_keys_and_windows_count_apart(limits: Limits) -> None:
    assert (await limits.take("a", 1, 1, 60)).allowed
    assert (await limits.take("b", 1, 1, 60)).allowed
    assert (await limits.take("a", 1, 1, 3600)).allowed
    assert not (await limits.take("a", 1, 1, 60)).allowed


async def test_a_refused_take_takes_nothing(limits: Limits) -> None:
    await limits.take("k", 7, 10, 60)
    assert not (await limits.take("k", 5, 10, 60)).allowed
    assert (await limits.take("k", 3, 10, 60)).allowed


async def test_looking_takes_nothing(limits: Limits) -> None:
    await limits.take("k", 4, 10, 60)
    assert [(await limits.take("k", 0, 10, 60)).remaining for _ in range(2)] == [6, 6]


async def test_the_window_slides(limits: Limits, clock: FrozenClock) -> None:
    """Half a window later half of the previous bucket still counts: no double burst at the border."""
    await limits.take("k", 10, 10, 60)
    clock.advance(seconds=90)
    assert [(await limits.take("k", 1, 10, 60)).allowed for _ in range(6)] == [True] * 5 + [False]


async def test_waiting_as_told_is_enough_and_not_too_long(limits: Limits, clock: FrozenClock) -> None:
    clock.advance(seconds=13)
    await limits.take("k", 8, 10, 60)
    refused = await limits.take("k", 6, 10, 60)
    clock.advance(seconds=refused.retry_after_seconds - 0.002)
    assert not (await limits.take("k", 6, 10, 60)).allowed
    clock.advance(seconds=0.002)
    assert (await limits.take("k", 6, 10, 60)).allowed


async def test_after_the_reset_the_whole_limit_is_free(limits: Limits, clock: FrozenClock) -> None:
    clock.advance(seconds=20)
    answer = await limits.take("k", 10, 10, 60)
    clock.advance(seconds=answer.reset_seconds)
    fresh = await limits.take("k", 10, 10, 60)
    assert fresh.allowed
    assert (await limits.take("other", 0, 10, 60)).reset_seconds == 0


async def test_more_than_the_limit_is_never_allowed(limits: Limits, clock: FrozenClock) -> None:
    for _ in range(3):
        refused = await limits.take("k", 11, 10, 60)
        assert not refused.allowed
        assert refused.retry_after_seconds > 0
        clock.advance(seconds=refused.retry_after_seconds)
    assert not (await limits.take("k", 1, 0, 60)).allowed


async def test_a_clock_that_went_back_frees_nothing(limits: Limits, clock: FrozenClock) -> None:
    await limits.take("k", 10, 10, 60)
    clock._now = clock.now().replace(hour=clock.now().hour - 1)
    assert not (await limits.take("k", 1, 10, 60)).allowed


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 8), st.floats(0, 40), st.integers(1, 12)), min_size=1, max_size=15
    )
)
async def test_memory_and_redis_decide_alike(
    redis_server: RedisServer, steps: list[tuple[int, float, int]]
) -> None:
    redis_server.flush()
    clock = FrozenClock()
    redis = open_redis(redis_server.url)
    memory, shared = MemoryLimits(clock), redis_limits(redis, clock)
    for amount, seconds, limit in steps:
        answers = [await limits.take("k", amount, limit, 10) for limits in (memory, shared)]
        assert answers[0] == answers[1]
        assert answers[0].allowed == (answers[0].retry_after_seconds == 0)
        clock.advance(seconds=round(seconds, 3))
    await redis.aclose()


@settings(max_examples=100, deadline=None)
@given(limit=st.integers(1, 50), steps=st.lists(st.tuples(st.integers(1, 10), st.floats(0, 20)), max_size=60))
async def test_waiting_as_told_is_always_enough(limit: int, steps: list[tuple[int, float]]) -> None:
    clock = FrozenClock()
    limits = MemoryLimits(clock)
    for amount, seconds in steps:
        answer = await limits.take("k", amount, limit, 10)
        if not answer.allowed and amount <= limit:
            clock.advance(seconds=answer.retry_after_seconds)
            assert (await limits.take("k", amount, limit, 10)).allowed
        clock.advance(seconds=round(seconds, 3))


async def test_limits_fall_back_while_redis_is_gone_and_recover(
    redis_server: RedisServer, clock: FrozenClock
) -> None:
    redis = open_redis(redis_server.url)
    limits = redis_limits(redis, clock)
    await limits.take("k", 3, 4, 600)
    redis_server.stop()
    try:
        local = [(await limits.take("k", 1, 4, 600)).remaining for _ in range(2)]
        assert local == [3, 2]
    finally:
        redis_server.start()
    assert (await limits.take("k", 1, 4, 600)).remaining == 1
    clock.advance(seconds=1)
    assert (await limits.take("k", 1, 4, 600)).remaining == 3
    await redis.aclose()
