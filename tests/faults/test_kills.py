"""The one process is killed at any moment, and at each named point: nothing accepted is lost or shown twice."""

import ast
import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agenthub.kit.crash import POINTS
from tests.architecture.source import sources
from tests.faults.cluster import Embedded, Starter
from tests.faults.driver import crowd
from tests.faults.kills import Tally, kill_at_random
from tests.faults.ledger import SqliteBooks, check, settled


@pytest.mark.long
async def test_kills_at_random_moments_lose_and_double_nothing(tmp_path: Path, nursery: Starter) -> None:
    tally = Tally()
    await kill_at_random(tmp_path, nursery, 10, 7, tally)
    assert tally.findings == []
    assert tally.kills == 10
    assert tally.messages > 20


@pytest.mark.long
async def test_kills_of_a_process_started_by_the_command_line_lose_nothing(
    tmp_path: Path, command_line: Starter
) -> None:
    tally = Tally()
    await kill_at_random(tmp_path, command_line, 2, 8, tally)
    assert tally.findings == []


def test_every_crash_point_of_the_source_is_named_once_and_exercised_here() -> None:
    called = [
        node.args[0].value
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "crash_point"
        and isinstance(node.args[0], ast.Constant)
    ]
    assert sorted(called) == sorted(POINTS)


@pytest.mark.long
@pytest.mark.parametrize("point", POINTS)
async def test_a_crash_at_a_named_point_loses_and_doubles_nothing(
    point: str, tmp_path: Path, nursery: Starter
) -> None:
    installation = Embedded(tmp_path, nursery)
    try:
        installation.start()
        await installation.ready()
        async with crowd(installation, visitors=3, run=point.replace(".", "_")) as driver:
            for nth in (2, 25):
                installation.kill()
                # The second life ends itself at the point, in the middle of what it was doing.
                installation.start(AGENTHUB_CRASH_AT=f"{point}:{nth}")
                driver.write()
                assert await installation.place.ended(within=20) == 137
                installation.start()
                await installation.ready()
                await driver.pause()
                assert await settled(SqliteBooks(tmp_path), driver.visitors) == []
            assert driver.accepted > 0
            assert driver.failures == []
    finally:
        installation.kill()


async def test_the_ledger_notices_what_is_missing_doubled_or_unanswered(
    tmp_path: Path, nursery: Starter
) -> None:
    installation = Embedded(tmp_path, nursery)
    books = SqliteBooks(tmp_path)
    try:
        installation.start()
        await installation.ready()
        async with crowd(installation, visitors=2) as driver:
            driver.write()
            await asyncio.sleep(0.5)
            await driver.pause()
            assert await settled(books, driver.visitors) == []
    finally:
        installation.kill()
    thread = driver.visitors[0].thread
    damages = {
        "lost": f"DELETE FROM channel_events WHERE thread = '{thread}' AND seq = 1",
        "doubled": (
            "INSERT INTO channel_events SELECT organization_id, thread, 1000 + seq, key || 'x', payload,"
            f" created_at FROM channel_events WHERE thread = '{thread}'"
        ),
        "order": f"UPDATE visitors SET last_seq = last_seq + 1 WHERE thread = '{thread}'",
    }
    for kind, damage in damages.items():
        shutil.copytree(tmp_path / "data", tmp_path / kind / "data")
        with closing(sqlite3.connect(tmp_path / kind / "data" / "webchat.db")) as connection:
            connection.execute(damage)
            connection.commit()
        findings = await check(SqliteBooks(tmp_path / kind), driver.visitors)
        assert kind in {finding.kind for finding in findings}
