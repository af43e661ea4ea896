"""Announcements that reach whoever listens now and nobody else."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

from agenthub.kit.errors import Unavailable


class Lagged(Unavailable):
    """Announcements were missed: read what is stored again, then go on with the same iterator."""

    code = "feed_lagged"
    title = "Some live events were missed"


class Feed(ABC):
    """Publish and subscribe without storage: at most once, in order per topic and publisher."""

    @abstractmethod
    async def publish(self, topic: str, data: bytes) -> None:
        """Hand the data to all who listen; Unavailable when they cannot be reached."""

    @abstractmethod
    def listen(self, topic: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Hear all that is published from entering on; Unavailable when that cannot be promised.

        Each listener has a bounded queue. Where it overflows the oldest are dropped, and where
        the connection is lost and found again there may be a gap: the next step of the
        iterator then raises Lagged once, and the same iterator can be iterated further.
        It ends when the feed is closed.
        """

    @abstractmethod
    async def close(self) -> None: ...
