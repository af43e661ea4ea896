"""Each service in a process of its own, over PostgreSQL and Redis: one is killed or hangs, the others go on."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from agenthub.host.catalog import SERVICES
from tests.engines.postgres import PostgresServer
from tests.engines.redis import RedisServer
from tests.faults.cluster import TALKING, Apart, Place, Starter
from tests.faults.driver import crowd
from tests.faults.ledger import PostgresBooks, settled

# `make faults` takes every service; what a conversation needs is enough for each change.
NAMES = tuple(SERVICES) if os.environ.get("FAULTS") == "all" else TALKING
RECOVERY_SECONDS = 5.0
LEASE_SECONDS = 10.0


@pytest.fixture(scope="module")
def apart(
    postgres_session: PostgresServer,
    redis_session: RedisServer,
    nursery: Starter,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Apart]:
    engines = {"DATABASE_URL": postgres_session.url, "REDIS_URL": redis_session.url}
    redis_session.flush()
    postgres_session.forget_installations()
    installation = Apart(tmp_path_factory.mktemp("apart"), nursery, engines, NAMES)
    installation.start()
    try:
        asyncio.run(installation.ready())
        yield installation
    finally:
        installation.kill()


@pytest.fixture
async def books(apart: Apart, postgres_session: PostgresServer) -> AsyncIterator[PostgresBooks]:
    opened = PostgresBooks(postgres_session.admin_url, NAMES)
    yield opened
    await opened.close()


@pytest.mark.long
async def test_each_service_is_killed_in_turn_and_the_others_go_on(
    apart: Apart, books: PostgresBooks, record_property: Callable[[str, object], None]
) -> None:
    recoveries = {}
    async with crowd(apart, visitors=5, run="turn", longest_pause_seconds=0.6) as driver:
        driver.look_around()
        for name, place in apart.places.items():
            driver.write()
            await asyncio.sleep(0.6)
            place.kill()
            await asyncio.sleep(0.4)
            began_at = time.monotonic()
            place.start()
            await place.ready()
            await driver.pause()
            assert await settled(books, driver.visitors) == [], name
            recoveries[name] = round(time.monotonic() - began_at, 2)
        assert driver.failures == []
    record_property("recovered_in_seconds", recoveries)
    if os.environ.get("FAULTS") == "all":
        # Others may use the machine: what waits for a core is not the product's delay.
        crowding = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
        assert max(recoveries.values()) < RECOVERY_SECONDS * crowding, recoveries


@pytest.mark.long
async def test_a_replica_that_hangs_past_its_lease_changes_nothing_when_it_goes_on(
    apart: Apart, books: PostgresBooks
) -> None:
    second = apart.replica("conversations", "2")
    second.start()
    await second.ready()
    try:
        async with crowd(apart, visitors=5, run="hang") as driver:
            driver.write()
            async with asyncio.timeout(30):
                while not await _stopped_with_a_task(second, books):
                    await asyncio.sleep(0.05)
            await driver.pause()
            # One that hangs in a transaction keeps its locks until PostgreSQL ends the session, then its leases.
            assert await settled(books, driver.visitors, within=6 * LEASE_SECONDS) == []
            second.signal(signal.SIGCONT)
            driver.write()
            await asyncio.sleep(1)
            await driver.pause()
            assert await settled(books, driver.visitors) == []
    finally:
        second.kill()


async def _stopped_with_a_task(place: Place, books: PostgresBooks) -> bool:
    """Whether the process, stopped at this moment, holds a task's lease; it goes on when it does not."""
    place.signal(signal.SIGSTOP)
    held = await books.rows(
        "conversations", "SELECT id FROM kit_tasks WHERE state = 'leased' AND holder = '2'"
    )
    if not held:
        place.signal(signal.SIGCONT)
    return bool(held)
