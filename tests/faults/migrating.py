"""Brings a database to a version with a crash behind every statement: `… URL SERVICE VERSIONS TARGET`.

Each try is a fork that ends itself behind its nth statement; when a step was kept all the same, counting
begins again, until a try gets through. Says how many crashes that took.
"""

import asyncio
import os
import sqlite3
import sys
import traceback
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

# Imported here so that no fork has to.
import alembic.command
import asyncpg
from sqlalchemy import Engine, event

from agenthub.kit.db.migrate import migrate_postgres, migrate_sqlite

_CRASHED = 137
_VERSIONS = "SELECT version_num FROM alembic_version"


def migrate(url: str, service: str, versions: Path, target: str) -> None:
    if url.startswith("postgresql:"):
        asyncio.run(migrate_postgres(url, versions, target))
    else:
        migrate_sqlite(Path(url), service, versions, target)


def versions_of(url: str) -> set[str]:
    """The revisions that the database is at."""
    if url.startswith("postgresql:"):
        return asyncio.run(_postgres_versions(url))
    with closing(sqlite3.connect(url)) as connection:
        try:
            return {row[0] for row in connection.execute(_VERSIONS)}
        except sqlite3.OperationalError:
            return set()


async def _postgres_versions(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        return {row[0] for row in await connection.fetch(_VERSIONS)}
    except asyncpg.UndefinedTableError:
        return set()
    finally:
        await connection.close()


def crash_everywhere(url: str, service: str, versions: Path, target: str) -> int:
    """The number of crashes until the target was reached."""
    crashes = 0
    nth = 1
    before = versions_of(url)
    while _ended(url, service, versions, target, nth) == _CRASHED:
        crashes += 1
        now = versions_of(url)
        nth = 1 if now != before else nth + 1
        before = now
    return crashes


def _ended(url: str, service: str, versions: Path, target: str, nth: int) -> int:
    child = os.fork()
    if child == 0:
        _end_behind(nth)
        try:
            migrate(url, service, versions, target)
        except Exception:  # noqa: BLE001  whatever it is, a fork must not go on as its parent
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in {0, _CRASHED}:
        raise SystemExit(code)
    return code


def _end_behind(nth: int) -> None:
    left = nth

    @event.listens_for(Engine, "after_cursor_execute")
    def _count(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(_CRASHED)


def main(arguments: Sequence[str]) -> None:
    assert alembic
    url, service, versions, target = arguments
    sys.stdout.write(f"{crash_everywhere(url, service, Path(versions), target)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
