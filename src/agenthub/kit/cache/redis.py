"""Cache, locks and limits shared by all processes through Redis; scripts make each step atomic."""

from redis.asyncio import Redis

from agenthub.kit.cache.port import Allowance, Cache, Limits, Locks
from agenthub.kit.cache.window import Window, milliseconds
from agenthub.kit.clock import Clock
from agenthub.kit.errors import Unavailable
from agenthub.kit.redis import RETRY_AFTER_SECONDS, reaching_redis

# The token is the server's time in microseconds, or one more than the last: it grows
# without a counter that would have to be kept for every name for ever.
_ACQUIRE = """
local lock = redis.call('HMGET', KEYS[1], 'holder', 'token')
if lock[1] and lock[1] ~= ARGV[1] then return false end
local token = lock[2]
if not token then
  local time = redis.call('TIME')
  local last = tonumber(redis.call('GET', KEYS[2]) or 0)
  token = string.format('%.0f', math.max(last + 1, time[1] * 1000000 + time[2]))
  redis.call('SET', KEYS[2], token, 'EX', 86400)
  redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'token', token)
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return token
"""

_RELEASE = """
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""

# The same decision as Window.at and Window.fits.
_TAKE = """
local now, length = tonumber(ARGV[1]), tonumber(ARGV[2])
local amount, limit = tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = redis.call('HMGET', KEYS[1], 'index', 'previous', 'current')
local index = math.floor(now / length)
local at = tonumber(kept[1] or index)
local previous, current = tonumber(kept[2] or 0), tonumber(kept[3] or 0)
if index == at + 1 then at, previous, current = index, current, 0
elseif index > at then at, previous, current = index, 0, 0 end
local elapsed = math.max(0, now - at * length)
local allowed = previous * (length - elapsed) + (current + amount) * length <= limit * length
if allowed and amount > 0 then
  current = current + amount
  redis.call('HSET', KEYS[1], 'index', at, 'previous', previous, 'current', current)
  redis.call('PEXPIRE', KEYS[1], 2 * length)
end
return {allowed and 1 or 0, at, previous, current}
"""


def _milliseconds(ttl_seconds: float) -> int:
    return max(1, round(ttl_seconds * 1000))


class RedisCache(Cache):
    def __init__(self, redis: Redis, namespace: str) -> None:
        self._redis = redis
        self._prefix = f"{namespace}:cache:"

    async def get(self, key: str) -> bytes | None:
        with reaching_redis():
            value = await self._redis.get(self._prefix + key)
        return value if isinstance(value, bytes) else None

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        with reaching_redis():
            await self._redis.set(self._prefix + key, value, px=_milliseconds(ttl_seconds))

    async def delete(self, key: str) -> None:
        with reaching_redis():
            await self._redis.delete(self._prefix + key)

    async def add(self, key: str, value: bytes, ttl_seconds: float) -> bool:
        with reaching_redis():
            added = await self._redis.set(self._prefix + key, value, px=_milliseconds(ttl_seconds), nx=True)
        return bool(added)


class RedisLocks(Locks):
    def __init__(self, redis: Redis, namespace: str) -> None:
        self._prefix = namespace
        self._acquire = redis.register_script(_ACQUIRE)
        self._release = redis.register_script(_RELEASE)

    def _keys(self, name: str) -> list[str]:
        # One hash tag: both keys live on the same node of a cluster.
        return [f"{self._prefix}:lock:{{{name}}}", f"{self._prefix}:fence:{{{name}}}"]

    async def acquire(self, name: str, holder: str, ttl_seconds: float) -> int | None:
        with reaching_redis():
            token = await self._acquire(keys=self._keys(name), args=[holder, _milliseconds(ttl_seconds)])
        return None if token is None else int(token)

    async def release(self, name: str, holder: str) -> bool:
        with reaching_redis():
            return bool(await self._release(keys=self._keys(name)[:1], args=[holder]))


class RedisLimits(Limits):
    """Counts for all processes; while Redis is gone each counts on its own through `fallback`.

    After a failure Redis is left alone for a second, so that a black hole costs one timeout
    a second and not one a request.
    """

    def __init__(self, redis: Redis, namespace: str, clock: Clock, fallback: Limits) -> None:
        self._take = redis.register_script(_TAKE)
        self._prefix = f"{namespace}:limit:"
        self._clock = clock
        self._fallback = fallback
        self._shunned_until = 0.0

    async def take(self, key: str, amount: int, limit: int, window_seconds: float) -> Allowance:
        if self._clock.monotonic() < self._shunned_until:
            return await self._fallback.take(key, amount, limit, window_seconds)
        try:
            return await self._shared(key, amount, limit, round(window_seconds * 1000))
        except Unavailable:
            self._shunned_until = self._clock.monotonic() + RETRY_AFTER_SECONDS
            return await self._fallback.take(key, amount, limit, window_seconds)

    async def _shared(self, key: str, amount: int, limit: int, length: int) -> Allowance:
        now = milliseconds(self._clock)
        with reaching_redis():
            answer: list[int] = await self._take(
                keys=[f"{self._prefix}{key}|{length}"], args=[now, length, amount, limit]
            )
        allowed, index, previous, current = answer
        window = Window(length, index, previous, current)
        return window.allowance(now, amount, limit, allowed=bool(allowed))
