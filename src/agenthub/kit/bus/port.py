"""The port of the bus."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager

from agenthub.kit.events import Envelope

Receive = Callable[[Sequence[Envelope]], Awaitable[None]]


class Bus(ABC):
    """At least once, in the order published by one service; receivers drop what they have seen.

    `is_direct` says that `publish` returns only when each receiver has the events in its own database.
    """

    is_direct: bool

    @abstractmethod
    async def publish(self, publisher: str, events: Sequence[Envelope]) -> None:
        """Return when the events are safe with the bus or its receivers; Unavailable when they are not."""

    @abstractmethod
    def subscription(
        self, subscriber: str, topics: frozenset[str], receive: Receive
    ) -> AbstractAsyncContextManager[None]:
        """Have `receive` called with batches of these topics while the context is open."""

    @abstractmethod
    async def has_forgotten(self, publisher: str) -> bool:
        """Whether the bus has lost what this publisher sent since it last asked."""

    @abstractmethod
    async def close(self) -> None:
        """Give back connections."""
