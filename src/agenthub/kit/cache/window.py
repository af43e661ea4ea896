"""The arithmetic of a sliding window kept as two buckets, in whole milliseconds."""

import math
from dataclasses import dataclass, replace

from agenthub.kit.cache.port import Allowance
from agenthub.kit.clock import Clock


def milliseconds(clock: Clock) -> int:
    """Wall time, because several machines must mean the same window."""
    return round(clock.now().timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Window:
    """What was taken in the window numbered `index` and in the one before it.

    The previous bucket weighs as much as of it the sliding window still covers.
    A clock that went back counts as standing at the start of the window.
    """

    length: int
    index: int
    previous: int = 0
    current: int = 0

    def at(self, now: int) -> "Window":
        """The same counts seen from a later moment."""
        index = now // self.length
        if index <= self.index:
            return self
        kept = self.current if index == self.index + 1 else 0
        return Window(self.length, index, previous=kept)

    def elapsed(self, now: int) -> int:
        return max(0, now - self.index * self.length)

    def fits(self, now: int, amount: int, limit: int) -> bool:
        faded = self.previous * (self.length - self.elapsed(now))
        return faded + (self.current + amount) * self.length <= limit * self.length

    def adding(self, amount: int) -> "Window":
        return replace(self, current=self.current + amount)

    def allowance(self, now: int, amount: int, limit: int, *, allowed: bool) -> Allowance:
        """What to tell the caller, seen after the take."""
        left = self.length - self.elapsed(now)
        used = self.current + math.ceil(self.previous * left / self.length)
        wait = 0 if allowed else self._wait(now, amount, limit)
        return Allowance(allowed, limit, max(0, limit - used), self._reset(left) / 1000, wait / 1000)

    def _reset(self, left: int) -> int:
        if self.current:
            return left + self.length
        return left if self.previous else 0

    def _wait(self, now: int, amount: int, limit: int) -> int:
        """Milliseconds until `amount` fits; for what never fits, until the limit is whole."""
        left = self.length - self.elapsed(now)
        if amount > limit:
            return self._reset(left) or self.length
        room = limit - amount - self.current
        if room >= 0:
            return left - room * self.length // self.previous
        return left + max(0, self.length - (limit - amount) * self.length // self.current)
