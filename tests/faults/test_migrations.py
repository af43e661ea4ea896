"""A migration that is interrupted behind any statement is completed by the next try; so is its undoing."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from agenthub.host.catalog import SERVICES, load
from tests.faults.migrating import migrate

SCRATCH = Path(__file__).parent / "scratch" / "migrations"
# `make faults` takes every service; each change is tried with those that hold conversations.
NAMES = tuple(SERVICES) if os.environ.get("FAULTS") == "all" else ("conversations", "webchat")
ADDRESSES = [f"street {number}" for number in range(50)]


def crashes(url: str | Path, service: str, versions: Path, target: str) -> int:
    """How often it was ended on its way to the target, which it reached."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults.migrating", str(url), service, str(versions), target],
        env={**os.environ, "PYTHONPATH": "src:."},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-4000:]
    return int(ended.stdout)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of its own."""
    if request.param == "sqlite":
        return str(tmp_path / "scratch.db")
    server = request.getfixturevalue("postgres")
    return str(asyncio.run(server.new_database()))


def run(url: str, *statements: str) -> list[Any]:
    """The rows of the last statement; on PostgreSQL as seen by every organization."""
    if not url.startswith("postgresql:"):
        with closing(sqlite3.connect(url)) as connection, connection:
            return [row for statement in statements for row in connection.execute(statement).fetchall()]
    return asyncio.run(_run_on_postgres(url, ["SET agenthub.organization = '*'", *statements]))


async def _run_on_postgres(url: str, statements: list[str]) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for statement in statements for row in await connection.fetch(statement)]
    finally:
        await connection.close()


@pytest.mark.long
def test_a_migration_of_populated_tables_loses_nothing_wherever_it_is_interrupted(database: str) -> None:
    migrate(database, "scratch", SCRATCH, "kit@head")
    migrate(database, "scratch", SCRATCH, "scratch_0001")
    rows = ", ".join(f"('org_a', 'par_{at}', '{text}')" for at, text in enumerate(ADDRESSES))
    run(database, f"INSERT INTO parcels (organization_id, id, address) VALUES {rows}")
    assert crashes(database, "scratch", SCRATCH, "heads") >= 5
    found = run(database, "SELECT address, country FROM parcels ORDER BY address")
    assert found == sorted((text, text.upper()) for text in ADDRESSES)
    assert crashes(database, "scratch", SCRATCH, "scratch_0001") >= 4
    assert run(database, "SELECT address FROM parcels ORDER BY address") == [
        (text,) for text in sorted(ADDRESSES)
    ]
    migrate(database, "scratch", SCRATCH, "heads")
    assert run(database, "SELECT count(*) FROM parcels WHERE country IS NOT NULL") == [(len(ADDRESSES),)]


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_every_service_comes_to_its_schema_wherever_its_migration_is_interrupted(
    name: str, tmp_path: Path
) -> None:
    service = load(name)
    path = tmp_path / f"{name}.db"
    assert crashes(path, name, service.versions, "heads") >= 10
    undisturbed = tmp_path / "undisturbed.db"
    migrate(str(undisturbed), name, service.versions, "heads")
    assert schema(path) == schema(undisturbed)
    assert run(str(path), "PRAGMA integrity_check") == [("ok",)]


def schema(path: Path) -> list[Any]:
    return run(str(path), "SELECT type, name, sql FROM sqlite_master ORDER BY type, name")
