"""Time as a value that is handed in, so that tests can move it."""

import time
from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta


class Clock(ABC):
    """Wall time for what people see, monotonic time for what is measured."""

    @abstractmethod
    def now(self) -> datetime:
        """The present moment in UTC."""

    @abstractmethod
    def monotonic(self) -> float:
        """Seconds that never go backwards; only differences mean something."""


class SystemClock(Clock):
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class FrozenClock(Clock):
    """Stands still until it is moved."""

    def __init__(self, start: datetime = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)) -> None:
        self._now = start
        self._monotonic = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, **parts: float) -> None:
        """Move by a timedelta given in its parts: `advance(minutes=5)`."""
        step = timedelta(**parts)
        self._now += step
        self._monotonic += step.total_seconds()
