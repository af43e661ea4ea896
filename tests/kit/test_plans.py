"""What the queues ask of the database each time finds its rows by an index, however much lies there finished."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.dialects.sqlite.pysqlite import dialect
from sqlalchemy.sql.base import Executable

from agenthub.kit import outbox
from agenthub.kit.db import any_of
from agenthub.kit.db.compiled import Compiler
from agenthub.kit.db.migrate import migrate_sqlite
from agenthub.kit.db.sqlite import connect
from agenthub.kit.db.tables import tasks
from agenthub.kit.tasks import statements

OFTEN = {
    "claim": statements.CLAIM,
    "next due": statements.NEXT_DUE,
    "finish": statements.FINISH,
    "prune": statements.PRUNE,
    "unsent": outbox._UNSENT,
    "drop": outbox._DROP,
    "mark": outbox._MARK,
    "prune sent": outbox._PRUNE,
}


def plan(path: Path, statement: Executable) -> list[str]:
    migrate_sqlite(path, "toys", Path("tests/toys/migrations").resolve())
    sql = Compiler(dialect(paramstyle="qmark")).of(statement, narrow=False).sql
    connection = connect(path)
    steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * sql.count("?"))]
    connection.close()
    return [step for step in steps if "json_each" not in step]


@pytest.mark.parametrize("name", OFTEN)
def test_no_statement_of_the_queues_walks_through_a_table(name: str, tmp_path: Path) -> None:
    steps = plan(tmp_path / "toys.db", OFTEN[name])
    assert steps
    assert not [step for step in steps if step.startswith("SCAN")]


def test_any_of_uses_the_index_of_its_column(tmp_path: Path) -> None:
    statement = select(tasks.c.name).where(any_of(tasks.c.id, "ids"), tasks.c.kind == "job")
    assert plan(tmp_path / "toys.db", statement)[0].startswith("SEARCH kit_tasks")
