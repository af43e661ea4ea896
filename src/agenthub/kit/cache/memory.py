"""Cache, locks and limits of a single process."""

from collections import OrderedDict
from typing import Generic, TypeVar

from agenthub.kit.cache.port import Allowance, Cache, Limits, Locks
from agenthub.kit.cache.window import Window, milliseconds
from agenthub.kit.clock import Clock

V = TypeVar("V")


class _Expiring(Generic[V]):
    """At most `capacity` entries; the least recently used goes first, the expired is never seen."""

    def __init__(self, clock: Clock, capacity: int) -> None:
        self._clock = clock
        self._capacity = capacity
        self._entries: OrderedDict[str, tuple[float, V]] = OrderedDict()

    def get(self, key: str) -> V | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[0] <= self._clock.monotonic():
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return entry[1]

    def set(self, key: str, value: V, ttl_seconds: float) -> None:
        self._entries[key] = (self._clock.monotonic() + ttl_seconds, value)
        self._entries.move_to_end(key)
        if len(self._entries) > self._capacity:
            self._entries.popitem(last=False)

    def delete(self, key: str) -> None:
        self._entries.pop(key, None)


class MemoryCache(Cache):
    def __init__(self, clock: Clock, *, capacity: int = 10_000) -> None:
        self._values: _Expiring[bytes] = _Expiring(clock, capacity)

    async def get(self, key: str) -> bytes | None:
        return self._values.get(key)

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        self._values.set(key, value, ttl_seconds)

    async def delete(self, key: str) -> None:
        self._values.delete(key)

    async def add(self, key: str, value: bytes, ttl_seconds: float) -> bool:
        absent = self._values.get(key) is None
        if absent:
            self._values.set(key, value, ttl_seconds)
        return absent


class MemoryLocks(Locks):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[str, tuple[str, int, float]] = {}
        self._last_token = 0

    async def acquire(self, name: str, holder: str, ttl_seconds: float) -> int | None:
        now = self._clock.monotonic()
        self._held = {key: held for key, held in self._held.items() if held[2] > now}
        owner, token, _ = self._held.get(name, (holder, 0, 0.0))
        if owner != holder:
            return None
        self._held[name] = (holder, token or self._next_token(), now + ttl_seconds)
        return self._held[name][1]

    async def release(self, name: str, holder: str) -> bool:
        owner, _, until = self._held.get(name, ("", 0, 0.0))
        if owner != holder or until <= self._clock.monotonic():
            return False
        del self._held[name]
        return True

    def _next_token(self) -> int:
        """Microseconds of the wall clock, so that a restart does not begin again at one."""
        self._last_token = max(self._last_token + 1, milliseconds(self._clock) * 1000)
        return self._last_token


class MemoryLimits(Limits):
    """Counts for this process only; with more than `capacity` keys the idlest is forgotten."""

    def __init__(self, clock: Clock, *, capacity: int = 100_000) -> None:
        self._clock = clock
        self._windows: _Expiring[Window] = _Expiring(clock, capacity)

    async def take(self, key: str, amount: int, limit: int, window_seconds: float) -> Allowance:
        now = milliseconds(self._clock)
        length = round(window_seconds * 1000)
        name = f"{key}|{length}"
        window = (self._windows.get(name) or Window(length, now // length)).at(now)
        allowed = window.fits(now, amount, limit)
        if allowed and amount:
            window = window.adding(amount)
            self._windows.set(name, window, 2 * window_seconds)
        return window.allowance(now, amount, limit, allowed=allowed)
