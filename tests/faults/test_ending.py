"""A wish to end while streams are open: exit code 0 within the grace, and nothing accepted is lost."""

import asyncio
import signal
import time
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from tests.faults.cluster import Embedded, Starter
from tests.faults.driver import Driver, crowd
from tests.faults.ledger import SqliteBooks, settled

GRACE_SECONDS = 3
STREAMS = 50
_GONE = (aiohttp.ClientError, OSError, TimeoutError)


@pytest.mark.long
async def test_sigterm_during_a_hundred_streams_ends_cleanly_and_loses_nothing(
    tmp_path: Path, nursery: Starter
) -> None:
    installation = Embedded(tmp_path, nursery, AGENTHUB_HOST_GRACE_SECONDS=str(GRACE_SECONDS))
    try:
        installation.start()
        await installation.ready()
        async with AsyncExitStack() as stack, crowd(installation, visitors=4) as driver:
            driver.write()
            await _open_streams(installation, driver, stack)
            await asyncio.sleep(0.3)
            begun = time.monotonic()
            installation.place.signal(signal.SIGTERM)
            assert await installation.place.ended(within=2 * GRACE_SECONDS + 5) == 0
            assert time.monotonic() - begun < 2 * GRACE_SECONDS + 2
            installation.start()
            await installation.ready()
            await driver.pause()
            assert await settled(SqliteBooks(tmp_path), driver.visitors) == []
            assert driver.failures == []
    finally:
        installation.kill()


async def _open_streams(installation: Embedded, driver: Driver, stack: AsyncExitStack) -> None:
    """Half event streams, half sockets, of the visitors who write."""
    session = await stack.enter_async_context(
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout())
    )
    address = installation.address("/api/webchat/connect")
    for number in range(STREAMS):
        visitor = driver.visitors[number % len(driver.visitors)]
        headers = {**visitor.headers, "accept": "text/event-stream"}
        answer = await session.get(address, headers=headers)
        stack.callback(answer.close)
        assert answer.status == 200
        socket = await session.ws_connect(address.replace("http", "ws", 1))
        stack.push_async_callback(socket.close)
        await socket.send_json({"type": "hello", "token": visitor.token, "after": 0})
