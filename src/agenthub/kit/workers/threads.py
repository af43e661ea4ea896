"""Threads for short blocking work, with a queue that refuses instead of growing."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

from agenthub.kit.errors import TooManyRequests, Unavailable

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

RETRY_AFTER_SECONDS = 1.0


class BoundedThreads:
    """At most `workers` calls run and `queue` wait; a cancelled call keeps its place until it ends."""

    def __init__(self, workers: int, queue: int) -> None:
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="bounded")
        self._places = threading.BoundedSemaphore(workers + queue)

    async def run(self, function: Callable[[*Arguments], Result], *args: *Arguments) -> Result:
        """What the function returns or raises; TooManyRequests when the queue is full."""
        if not self._places.acquire(blocking=False):
            raise TooManyRequests(
                "All workers are busy and their queue is full. Try again shortly.",
                retry_after=RETRY_AFTER_SECONDS,
            )
        context = contextvars.copy_context()
        try:
            future = self._executor.submit(lambda: context.run(function, *args))
        except RuntimeError as error:
            self._places.release()
            raise Unavailable("The workers have stopped. Try again after the restart.") from error
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)

    async def close(self) -> None:
        """Let the running calls end and drop the waiting ones."""
        await asyncio.to_thread(self._executor.shutdown, cancel_futures=True)
