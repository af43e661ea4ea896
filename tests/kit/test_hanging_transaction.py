"""Whoever hangs in the middle of a transaction on PostgreSQL does not hold the others up for good."""

import asyncio

import pytest

from agenthub.kit.db.postgres import PostgresDatabase
from agenthub.kit.errors import Unavailable
from tests.engines.postgres import PostgresServer

HOLD = "SELECT pg_advisory_xact_lock(7)"


async def test_locks_of_a_transaction_that_hangs_are_given_back(postgres: PostgresServer) -> None:
    url = await postgres.new_database()
    hanging, waiting = PostgresDatabase(url, idle_seconds=0.3), PostgresDatabase(url)
    held = await hanging.begin("*")
    await held.fetch(HOLD, [])
    async with asyncio.timeout(10):
        other = await waiting.begin("*")
        await other.fetch(HOLD, [])
        await other.commit()
    with pytest.raises(Unavailable):
        await held.commit()
    again = await hanging.begin("*")
    await again.commit()
    for database in (hanging, waiting):
        await database.close()
