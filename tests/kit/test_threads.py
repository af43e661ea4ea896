"""Bounded threads refuse instead of growing."""

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator

import pytest

from agenthub.kit.errors import TooManyRequests, Unavailable
from agenthub.kit.workers.threads import BoundedThreads

marker: contextvars.ContextVar[str] = contextvars.ContextVar("marker")


@pytest.fixture
async def threads() -> AsyncIterator[BoundedThreads]:
    threads = BoundedThreads(workers=1, queue=1)
    yield threads
    await threads.close()


async def test_the_function_runs_on_another_thread_in_the_callers_context(threads: BoundedThreads) -> None:
    marker.set("mine")
    assert await threads.run(marker.get) == "mine"
    assert await threads.run(threading.get_ident) != threading.get_ident()


async def test_what_the_function_raises_is_raised(threads: BoundedThreads) -> None:
    with pytest.raises(ZeroDivisionError):
        await threads.run(divmod, 1, 0)


async def test_a_full_queue_refuses_and_recovers(threads: BoundedThreads) -> None:
    gate = threading.Event()
    calls = [asyncio.create_task(threads.run(gate.wait)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyRequests) as refused:
        await threads.run(gate.wait)
    assert refused.value.retry_after
    gate.set()
    assert await asyncio.gather(*calls) == [True, True]
    assert await threads.run(gate.wait)


async def test_a_cancelled_call_keeps_its_place_until_its_thread_is_free(threads: BoundedThreads) -> None:
    started, gate = threading.Event(), threading.Event()

    def work() -> bool:
        started.set()
        return gate.wait()

    running = asyncio.create_task(threads.run(work))
    await asyncio.to_thread(started.wait)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    waiting = asyncio.create_task(threads.run(gate.wait))
    await asyncio.sleep(0)
    with pytest.raises(TooManyRequests):
        await threads.run(gate.wait)
    gate.set()
    assert await waiting


async def test_closed_threads_are_unavailable() -> None:
    threads = BoundedThreads(workers=1, queue=1)
    await threads.close()
    with pytest.raises(Unavailable):
        await threads.run(threading.get_ident)
