"""The bus of one process: publishing is receiving."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from agenthub.kit.bus.port import Bus, Receive
from agenthub.kit.events import Envelope


class MemoryBus(Bus):
    """Keeps nothing: an event stays in its publisher's outbox until every receiver has stored it."""

    is_direct = True

    def __init__(self) -> None:
        self._receivers: dict[str, tuple[frozenset[str], Receive]] = {}

    async def publish(self, publisher: str, events: Sequence[Envelope]) -> None:  # noqa: ARG002  one queue for all
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
        try:
            yield
        finally:
            del self._receivers[subscriber]

    async def has_forgotten(self, publisher: str) -> bool:  # noqa: ARG002  nothing is kept, nothing is forgotten
        return False

    async def close(self) -> None:
        self._receivers.clear()
