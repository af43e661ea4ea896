"""Keeps a service that fails from being asked over and over, and bounds how much is tried again."""

from agenthub.kit.clock import Clock
from agenthub.kit.errors import Unavailable

FAILURES = 5
WITHIN_SECONDS = 10.0
# How long it stays open: little at first, since most that are gone are restarted at once.
OPEN_SECONDS = (0.5, 1.0, 2.0)
BUDGET_RATIO = 0.2
BUDGET_FLOOR = 10.0


class Breaker:
    """Opens after 5 failures within 10 s, lets a probe through after 0.5, 1, then each 2 s, closes on its success."""

    def __init__(self, service: str, clock: Clock) -> None:
        self._service = service
        self._clock = clock
        self._failures: list[float] = []
        self._opened_at: float | None = None
        self._probes = 0
        self._tokens = BUDGET_FLOOR

    def admit(self) -> None:
        """Pass, or raise Unavailable while it is open."""
        if self._opened_at is None:
            self._tokens = min(self._tokens + BUDGET_RATIO, BUDGET_FLOOR)
            return
        pause = OPEN_SECONDS[min(self._probes, len(OPEN_SECONDS) - 1)]
        left = self._opened_at + pause - self._clock.monotonic()
        if left > 0:
            raise Unavailable(f"{self._service} fails at the moment", retry_after=left)
        self._opened_at = self._clock.monotonic()
        self._probes += 1

    def succeeded(self) -> None:
        self._failures.clear()
        self._opened_at = None
        self._probes = 0

    def failed(self) -> None:
        now = self._clock.monotonic()
        self._failures = [*(when for when in self._failures if now - when < WITHIN_SECONDS), now]
        if len(self._failures) >= FAILURES:
            self._opened_at = now

    def may_retry(self) -> bool:
        """Whether the budget (a fifth of the traffic) allows one more try."""
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
