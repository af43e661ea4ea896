"""Each service in a process of its own, over PostgreSQL and Redis: one is killed or hangs, the others go on."""

import asyncio
import signal
import time
from collections.abc import Iterator

import pytest

from tests.engines.postgres import PostgresServer
from tests.engines.redis import RedisServer
from tests.faults.cluster import TALKING, Apart, Starter
from tests.faults.driver import crowd
from tests.faults.ledger import PostgresBooks, settled

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
    installation = Apart(tmp_path_factory.mktemp("apart"), nursery, engines)
    installation.start()
    try:
        asyncio.run(installation.ready())
        yield installation
    finally:
        installation.kill()


@pytest.fixture
def books(apart: Apart, postgres_session: PostgresServer) -> PostgresBooks:
    return PostgresBooks(postgres_session.admin_url, TALKING)


@pytest.mark.long
async def test_each_service_is_killed_in_turn_and_nothing_is_lost(apart: Apart, books: PostgresBooks) -> None:
    recoveries = {}
    async with crowd(apart, visitors=6, run="turn") as driver:
        driver.look_around()
        for name, place in apart.places.items():
            driver.write()
            await asyncio.sleep(0.4)
            place.kill()
            await asyncio.sleep(0.3)
            killed_at = time.monotonic()
            place.start()
            await place.ready()
            a = time.monotonic() - killed_at
            await driver.pause()
            b = time.monotonic() - killed_at
            assert await settled(books, driver.visitors) == [], name
            recoveries[name] = time.monotonic() - killed_at
            print(name, a, b, recoveries[name])
        print(recoveries, driver.answers)
        assert driver.failures == []
        assert max(recoveries.values()) < RECOVERY_SECONDS, recoveries


@pytest.mark.long
async def test_a_replica_that_hangs_past_its_lease_changes_nothing_when_it_goes_on(
    apart: Apart, books: PostgresBooks
) -> None:
    second = apart.replica("conversations", "2")
    second.start()
    await second.ready()
    try:
        async with crowd(apart, visitors=6, run="hang") as driver:
            driver.write()
            async with asyncio.timeout(30):
                while not await _stopped_with_a_task(second, books):
                    await asyncio.sleep(0.05)
            begun = time.monotonic()
            await driver.pause()
            print("stopped")
            assert await settled(books, driver.visitors, within=3 * LEASE_SECONDS) == []
            print(time.monotonic() - begun)
            second.signal(signal.SIGCONT)
            driver.write()
            await asyncio.sleep(1)
            await driver.pause()
            assert await settled(books, driver.visitors) == []
    finally:
        second.kill()


async def _stopped_with_a_task(place, books: PostgresBooks) -> bool:
    """Whether the process, stopped at this moment, holds a task's lease; it goes on when it does not."""
    place.signal(signal.SIGSTOP)
    held = await books.rows(
        "conversations", "SELECT id FROM kit_tasks WHERE state = 'leased' AND holder = '2'"
    )
    if not held:
        place.signal(signal.SIGCONT)
    return bool(held)
