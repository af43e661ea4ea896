"""What the suites of several ports share."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from agenthub.kit.clock import FrozenClock
from agenthub.kit.redis import open_redis
from tests.engines.redis import RedisServer


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
async def redis(redis_server: RedisServer) -> AsyncIterator[Redis]:
    client = open_redis(redis_server.url)
    yield client
    await client.aclose()
