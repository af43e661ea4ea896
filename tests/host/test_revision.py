"""The next migration is written from the models, and brings a database to them and back."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Text, text

from agenthub.host.revision import make_migration
from agenthub.kit.db import Json, Timestamp, installation_table, tables as kit_tables, tenant_table
from agenthub.kit.db.migrate import (
    differences,
    migrate_postgres,
    migrate_sqlite,
    on_postgres,
    sqlite_connection,
)
from agenthub.kit.errors import Conflict
from agenthub.kit.service import Service

ROOT = Path(__file__).parents[2]


def a_service(folder: Path, *more: Column[Any], with_prizes: bool = False) -> Service:
    metadata = MetaData()
    tenant_table(
        "points",
        metadata,
        Column("id", Text, primary_key=True),
        Column("owner", Text, nullable=False, unique=True),
        Column("facts", Json, nullable=False),
        Column("at", Timestamp, nullable=False, index=True),
        *more,
    )
    if with_prizes:
        why = "prizes are the same for all"
        installation_table("prizes", metadata, Column("id", Text, primary_key=True), why=why)
    return Service(name="loyalty", summary="Counts.", folder=folder, port=1, tables=metadata)


def is_as_the_models_say(service: Service, path: Path) -> bool:
    migrate_sqlite(path, service.name, service.versions)
    with sqlite_connection(path) as connection:
        return differences(connection, [service.tables, kit_tables.metadata]) == []


def test_the_first_migration_makes_the_tables(tmp_path: Path) -> None:
    service = a_service(tmp_path)
    made = make_migration(service, "points of customers")
    assert made == tmp_path / "migrations" / "0001_points_of_customers.py"
    written = made.read_text(encoding="utf-8")
    assert written.startswith('"""Points of customers."""\n')
    assert 'enable_row_security(op, "points")' in written
    assert "info=" not in written
    assert is_as_the_models_say(service, tmp_path / "loyalty.db")


def test_nothing_changed_writes_nothing(tmp_path: Path) -> None:
    make_migration(a_service(tmp_path), "points")
    before = list((tmp_path / "migrations").glob("*.py"))
    assert make_migration(a_service(tmp_path), "the same") is None
    assert list((tmp_path / "migrations").glob("*.py")) == before


def test_the_next_migration_goes_forward_with_rows_and_back(tmp_path: Path) -> None:
    make_migration(a_service(tmp_path), "points")
    database = tmp_path / "loyalty.db"
    migrate_sqlite(database, "loyalty", tmp_path / "migrations")
    with sqlite_connection(database) as connection, connection.begin():
        row = (
            "INSERT INTO points (organization_id, id, owner, facts, at) VALUES ('o', 'p', 'ann', '{}', 'now')"
        )
        connection.execute(text(row))
    grown = a_service(
        tmp_path, Column("level", Integer, nullable=False, server_default="1"), with_prizes=True
    )
    made = make_migration(grown, "Levels, prizes!")
    assert made is not None
    assert made.name == "0002_levels_prizes.py"
    assert is_as_the_models_say(grown, database)
    with sqlite_connection(database) as connection:
        assert connection.execute(text("SELECT owner, level FROM points")).all() == [("ann", 1)]
    migrate_sqlite(database, "loyalty", grown.versions, "loyalty_0001")
    with sqlite_connection(database) as connection:
        assert "level" not in set(connection.execute(text("SELECT * FROM points")).keys())


def test_a_changed_column_is_changed_on_sqlite_too(tmp_path: Path) -> None:
    make_migration(a_service(tmp_path, Column("level", Integer, nullable=False)), "points")
    looser = a_service(tmp_path, Column("level", Integer))
    assert make_migration(looser, "level may be unknown") is not None
    assert is_as_the_models_say(looser, tmp_path / "loyalty.db")


async def test_what_is_written_is_right_on_postgres_too(tmp_path: Path, postgres: Any) -> None:
    make_migration(a_service(tmp_path), "points")
    grown = a_service(tmp_path, Column("level", Integer), with_prizes=True)
    make_migration(grown, "more")
    looser = a_service(tmp_path, Column("level", Text), with_prizes=True)
    make_migration(looser, "levels have names")
    url = await postgres.new_database()
    await migrate_postgres(url, looser.versions)
    assert await on_postgres(url, lambda it: differences(it, [looser.tables, kit_tables.metadata])) == []


def test_a_column_that_rows_cannot_fill_is_refused(tmp_path: Path) -> None:
    make_migration(a_service(tmp_path), "points")
    with pytest.raises(Conflict, match=r"points\.level .*server_default"):
        make_migration(a_service(tmp_path, Column("level", Integer, nullable=False)), "levels")
    assert len(list((tmp_path / "migrations").glob("*.py"))) == 1


def test_what_is_written_passes_the_checks(tmp_path: Path) -> None:
    made = [
        make_migration(a_service(tmp_path), "points"),
        make_migration(a_service(tmp_path, Column("level", Integer), with_prizes=True), "more"),
    ]
    place = "src/agenthub/services/business/loyalty/migrations/0001_points.py"
    for path in made:
        assert path is not None
        for check in (("check",), ("format", "--check")):
            ended = subprocess.run(
                [sys.executable, "-m", "ruff", *check, "--stdin-filename", place, "-"],
                cwd=ROOT,
                input=path.read_text(encoding="utf-8"),
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert ended.returncode == 0, ended.stdout


def test_the_command_says_that_nothing_has_changed_and_writes_nothing() -> None:
    command = [sys.executable, "-m", "agenthub.cli", "migrate", "webchat", "--make", "nothing at all"]
    ended = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "nothing was written" in ended.stderr
