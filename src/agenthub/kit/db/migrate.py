"""Migrations: Alembic, one environment for all, versions in each service's own folder.

Each database carries two lines of versions, the kit's and its service's. A revision is named
`<line>_<number>` and its file begins with the number, so that the newest is known without importing any.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData

from agenthub.kit.errors import Misconfigured

KIT_VERSIONS = Path(__file__).parent / "migrations"
_LOCK = 0x6167_6874
_SCOPE_SETTING = "agenthub.organization"


def heads(service: str, versions: Path) -> set[str]:
    """The newest revision of the kit and of the service, by file name."""
    return {
        f"{line}_{max(path.name[:4] for path in folder.glob('[0-9]*.py'))}"
        for line, folder in (("kit", KIT_VERSIONS), (service, versions))
        if any(folder.glob("[0-9]*.py"))
    }


def is_current(path: Path, wanted: set[str]) -> bool:
    """Whether a SQLite file is at these revisions already; spares the import of Alembic at each start."""
    if not path.exists():
        return False
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return {row[0] for row in rows} == wanted


def migrate_sqlite(path: Path, service: str, versions: Path, target: str = "heads") -> None:
    """Bring a SQLite file to `target`; each step is one transaction."""
    if target == "heads" and is_current(path, heads(service, versions)):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite_connection(path) as connection:
        run(connection, versions, target)


@contextmanager
def sqlite_connection(path: Path) -> Iterator[Connection]:
    """A SQLAlchemy connection whose transactions include DDL (the driver's own would not)."""
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import NullPool

    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _leave_transactions_to_us(driver: Any, _record: Any) -> None:
        driver.isolation_level = None
        driver.execute("PRAGMA journal_mode=WAL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


async def on_postgres(url: str, work: Callable[[Connection], Any]) -> Any:
    """Run synchronous schema work on a PostgreSQL connection, one process at a time."""
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            # Row-level security binds the owner, too: without this a change of rows would find none.
            await connection.execute(text("SELECT set_config(:name, '*', false)"), {"name": _SCOPE_SETTING})
            await connection.commit()
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


async def migrate_postgres(url: str, versions: Path, target: str = "heads") -> None:
    """Bring a PostgreSQL database to `target`; each step is one transaction."""
    await on_postgres(url, lambda connection: run(connection, versions, target))


def run(connection: Connection, versions: Path, target: str) -> None:
    """Upgrade to `target`, or downgrade when it lies behind; `NAME@base` undoes a whole line."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(KIT_VERSIONS.parent))
    config.set_main_option("version_locations", f"{KIT_VERSIONS}\n{versions}")
    config.set_main_option("path_separator", "newline")
    script = ScriptDirectory.from_config(config)
    steps = _steps(script, target)
    environment = EnvironmentContext(config, script, fn=steps)
    with environment:
        environment.configure(connection=connection, transaction_per_migration=True)
        try:
            environment.run_migrations()
        except CommandError as problem:
            raise Misconfigured(
                f"the database was made by a newer version of the product ({problem}); install that version"
            ) from problem


def _steps(script: Any, target: str) -> Callable[[Any, Any], Sequence[Any]]:
    def plan(revision: Any, _context: Any) -> Sequence[Any]:
        behind = target.endswith("@base") or (
            target != "heads"
            and target in {step.revision for step in script.iterate_revisions(revision, "base")}
        )
        plan_of = script._downgrade_revs if behind else script._upgrade_revs  # noqa: SLF001  as Alembic's own commands do
        steps: Sequence[Any] = plan_of(target, revision)
        return steps

    return plan


def differences(
    connection: Connection, metadata: Sequence[MetaData], unmanaged: Sequence[str] = ()
) -> list[Any]:
    """What the models say and the migrated schema does not, or the other way round.

    Tables whose names begin with one of `unmanaged` are left out: stores keep them by themselves.
    """
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    whole = MetaData()
    for part in metadata:
        for table in part.tables.values():
            table.to_metadata(whole)

    def is_managed(_thing: Any, name: str | None, kind: str, *_: Any) -> bool:
        return kind != "table" or not (name or "").startswith(tuple(unmanaged))

    context = MigrationContext.configure(connection, opts={"include_object": is_managed})
    return list(compare_metadata(context, whole))


def enable_row_security(operations: Any, table: str) -> None:
    """The second lock: on PostgreSQL a session sees only rows of the organization that it is set to."""
    if operations.get_bind().dialect.name != "postgresql":
        return
    setting = f"current_setting('{_SCOPE_SETTING}', true)"
    rule = f"organization_id = {setting} OR {setting} = '*'"
    operations.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    operations.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    operations.execute(f"CREATE POLICY organization ON {table} USING ({rule}) WITH CHECK ({rule})")
