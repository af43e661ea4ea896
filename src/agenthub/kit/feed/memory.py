"""A feed between the tasks of one process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agenthub.kit.feed.listener import QUEUE_LENGTH, Listener
from agenthub.kit.feed.port import Feed


class MemoryFeed(Feed):
    def __init__(self, *, queue_length: int = QUEUE_LENGTH) -> None:
        self._queue_length = queue_length
        self._listeners: dict[str, set[Listener]] = {}

    async def publish(self, topic: str, data: bytes) -> None:
        for listener in self._listeners.get(topic, ()):
            listener.put(data)

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[AsyncIterator[bytes]]:
        listener = Listener(self._queue_length)
        listeners = self._listeners.setdefault(topic, set())
        listeners.add(listener)
        try:
            yield listener
        finally:
            listeners.discard(listener)
            if not listeners and self._listeners.get(topic) is listeners:
                del self._listeners[topic]

    async def close(self) -> None:
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.end()
