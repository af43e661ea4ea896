"""A service that fails is left alone for a moment, and asked again soon enough to be back within seconds."""

import pytest

from agenthub.kit.calls.breaker import BUDGET_FLOOR, FAILURES, OPEN_SECONDS, Breaker
from agenthub.kit.clock import FrozenClock
from agenthub.kit.errors import Unavailable


def opened() -> tuple[Breaker, FrozenClock]:
    clock = FrozenClock()
    breaker = Breaker("llm", clock)
    for _ in range(FAILURES):
        breaker.admit()
        breaker.failed()
    return breaker, clock


def refusal(breaker: Breaker) -> float:
    """The seconds after which it wants to be asked again."""
    with pytest.raises(Unavailable, match="llm fails") as refused:
        breaker.admit()
    assert refused.value.retry_after is not None
    return refused.value.retry_after


def test_it_opens_after_failures_close_together_only() -> None:
    clock = FrozenClock()
    breaker = Breaker("llm", clock)
    for _ in range(3 * FAILURES):
        breaker.admit()
        breaker.failed()
        clock.advance(seconds=3)
    breaker.admit()
    assert refusal(opened()[0]) > 0


def test_it_lets_one_probe_through_at_growing_pauses() -> None:
    breaker, clock = opened()
    for pause in [*OPEN_SECONDS, OPEN_SECONDS[-1]]:
        assert refusal(breaker) == pytest.approx(pause)
        clock.advance(seconds=pause)
        breaker.admit()
        breaker.failed()


def test_whoever_waits_beside_a_probe_that_succeeds_is_back_within_five_seconds_of_the_service() -> None:
    breaker, clock = opened()
    for _ in range(10):
        clock.advance(seconds=refusal(breaker))
        breaker.admit()
        breaker.failed()
    # At worst the service comes back right after a probe has failed.
    waited = refusal(breaker)
    clock.advance(seconds=waited)
    breaker.admit()
    beside = refusal(breaker)
    breaker.succeeded()
    assert waited + beside < 5
    breaker.admit()


def test_after_a_success_it_opens_as_shortly_as_at_first() -> None:
    breaker, clock = opened()
    clock.advance(seconds=refusal(breaker))
    breaker.admit()
    breaker.succeeded()
    for _ in range(FAILURES):
        breaker.failed()
    assert refusal(breaker) == pytest.approx(OPEN_SECONDS[0])


def test_retries_are_bounded_by_a_budget() -> None:
    breaker = Breaker("llm", FrozenClock())
    assert [breaker.may_retry() for _ in range(int(BUDGET_FLOOR) + 1)] == [True] * int(BUDGET_FLOOR) + [False]
