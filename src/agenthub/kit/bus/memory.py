"""The bus of one process: publishing is receiving."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from agenthub.kit.bus.port import Bus, Receive
from agenthub.kit.events import Envelope


class MemoryBus(Bus):
    """Keeps nothing: an event stays in its publisher's outbox until every receiver has stored it.

    While one of the `expected` subscribers is not listening (not yet, or no longer) publishing waits, so
    that no event passes it by at a start or a stop.
    """

    is_direct = True

    def __init__(self, expected: frozenset[str] = frozenset()) -> None:
        self._receivers: dict[str, tuple[frozenset[str], Receive]] = {}
        self._expected = expected
        self._complete = asyncio.Event()
        self._count()

    async def publish(self, publisher: str, events: Sequence[Envelope]) -> None:  # noqa: ARG002  one queue for all
        await self._complete.wait()
        deliveries = []
        for topics, receive in self._receivers.values():
            wanted = [event for event in events if event.topic in topics]
            if wanted:
                deliveries.append(receive(wanted))
        await asyncio.gather(*deliveries)

    def subscription(
        self, subscriber: str, topics: frozenset[str], receive: Receive
    ) -> AbstractAsyncContextManager[None]:
        return self._subscribed(subscriber, topics, receive)

    @asynccontextmanager
    async def _subscribed(
        self, subscriber: str, topics: frozenset[str], receive: Receive
    ) -> AsyncIterator[None]:
        self._receivers[subscriber] = (topics, receive)
        self._count()
        try:
            yield
        finally:
            del self._receivers[subscriber]
            self._count()

    async def has_forgotten(self, publisher: str) -> bool:  # noqa: ARG002  nothing is kept, nothing is forgotten
        return False

    async def close(self) -> None:
        self._receivers.clear()

    def _count(self) -> None:
        if self._expected <= self._receivers.keys():
            self._complete.set()
        else:
            self._complete.clear()
