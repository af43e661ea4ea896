"""The bounded queue between a feed and one listener."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from agenthub.kit.feed.port import Lagged

QUEUE_LENGTH = 256


class Listener(AsyncIterator[bytes]):
    def __init__(self, length: int) -> None:
        self._waiting: deque[bytes] = deque(maxlen=length)
        self._changed = asyncio.Event()
        self._lagged = False
        self._ended = False

    def put(self, data: bytes) -> None:
        self._lagged = self._lagged or len(self._waiting) == self._waiting.maxlen
        self._waiting.append(data)
        self._changed.set()

    def lag(self) -> None:
        """What waits is older than the gap, so it goes too: after Lagged comes only newer data."""
        self._waiting.clear()
        self._lagged = True
        self._changed.set()

    def end(self) -> None:
        self._ended = True
        self._changed.set()

    async def __anext__(self) -> bytes:
        while True:
            if self._lagged:
                self._lagged = False
                raise Lagged("Live events were missed. Read the stored ones again and go on listening.")
            if self._waiting:
                return self._waiting.popleft()
            if self._ended:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
