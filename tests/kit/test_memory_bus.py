import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from agenthub.kit.bus.memory import MemoryBus
from agenthub.kit.events import Envelope

EVENT = Envelope(
    event_id="evt_1",
    topic="one.happened",
    order_key="k",
    organization_id=None,
    occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    request_id="-",
    trace_id="-",
    actor="-",
    payload=b"{}",
)
TOPICS = frozenset({"one.happened"})


class Receiver:
    def __init__(self) -> None:
        self.events: list[Envelope] = []

    async def __call__(self, events: Sequence[Any]) -> None:
        self.events.extend(events)


async def test_publishing_waits_until_every_expected_subscriber_listens() -> None:
    bus = MemoryBus(frozenset({"a", "b"}))
    a, b = Receiver(), Receiver()
    async with bus.subscription("a", TOPICS, a):
        publishing = asyncio.create_task(bus.publish("one", [EVENT]))
        await asyncio.sleep(0)
        assert not publishing.done()
        assert a.events == []
        async with bus.subscription("b", TOPICS, b):
            await asyncio.wait_for(publishing, 1)
    assert a.events == b.events == [EVENT]


async def test_an_event_does_not_pass_by_a_subscriber_that_has_left() -> None:
    bus = MemoryBus(frozenset({"a"}))
    async with bus.subscription("a", TOPICS, Receiver()):
        await bus.publish("one", [EVENT])
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bus.publish("one", [EVENT]), 0.02)


async def test_without_expectations_publishing_never_waits() -> None:
    await asyncio.wait_for(MemoryBus().publish("one", [EVENT]), 1)
