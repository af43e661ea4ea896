"""The next migration of a service: what its models say and its migrations do not do yet."""

import importlib.util
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import AddColumnOp, CreateTableOp, MigrateOperation, ModifyTableOps
from sqlalchemy import MetaData, Table

from agenthub.kit.db.columns import SCOPE, Json, Timestamp
from agenthub.kit.db.migrate import migrate_sqlite, sqlite_connection
from agenthub.kit.errors import Conflict
from agenthub.kit.service import Service

_NO_WORD = re.compile(r"[^a-z0-9]+")
_MIGRATION = '''"""{summary}."""

{imports}

revision = "{name}_{number}"
down_revision = {down}
branch_labels = {labels}
depends_on = None


def upgrade() -> None:
{upgrade}


def downgrade() -> None:
{downgrade}
'''
_KIT_TABLES = "kit_"
_VERSIONS_TABLE = "alembic_version"


@dataclass(frozen=True)
class _Steps:
    upgrade: str
    downgrade: str


def make_migration(service: Service, summary: str) -> Path | None:
    """Write `NNNN_slug.py` into the service's migrations; None, and no file, when nothing has changed.

    What the models say is compared with an empty database after all migrations so far. Conflict when
    a new column can hold no value in the rows that there are.
    """
    summary = " ".join(summary.replace("\\", "/").replace('"', "'").split())
    with tempfile.TemporaryDirectory(prefix="agenthub-") as folder:
        database = Path(folder) / "migrated.db"
        migrate_sqlite(database, service.name, service.versions)
        with sqlite_connection(database) as connection:
            steps = _steps(_context(connection, service), service.tables)
    if steps is None:
        return None
    former = sorted(service.versions.glob("[0-9]*.py"))
    number = f"{int(former[-1].name[:4]) + 1 if former else 1:04}"
    text = _MIGRATION.format(
        summary=summary.strip().rstrip(".").capitalize()
        if summary.islower()
        else summary.strip().rstrip("."),
        imports=_imports(steps),
        name=service.name,
        number=number,
        down=f'"{service.name}_{former[-1].name[:4]}"' if former else None,
        labels=None if former else f'("{service.name}",)',
        upgrade=indent(steps.upgrade, "    "),
        downgrade=indent(steps.downgrade, "    "),
    )
    slug = _NO_WORD.sub("_", summary.lower()).strip("_") or "changes"
    path = service.versions / f"{number}_{slug}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    _format(path)
    return path


def _context(connection: Any, service: Service) -> MigrationContext:
    left_out = (_KIT_TABLES, _VERSIONS_TABLE, *service.unmanaged_tables)

    def is_managed(_thing: Any, name: str | None, kind: str, *_: Any) -> bool:
        return kind != "table" or not (name or "").startswith(left_out)

    return MigrationContext.configure(
        connection, opts={"include_object": is_managed, "target_metadata": service.tables}
    )


def _steps(context: MigrationContext, tables: MetaData) -> _Steps | None:
    script = produce_migrations(context, tables)
    upgrade, downgrade = script.upgrade_ops, script.downgrade_ops
    if upgrade is None or downgrade is None or upgrade.is_empty():
        return None
    for operation in _flat(upgrade.ops):
        _check_fillable(operation)
    for operation in (*upgrade.ops, *downgrade.ops):
        if isinstance(operation, CreateTableOp):
            operation.info = {}  # the scope is the model's; the database does not know it
    locks = [
        f'enable_row_security(op, "{operation.table_name}")'
        for operation in upgrade.ops
        if isinstance(operation, CreateTableOp) and _is_tenant(tables.tables[operation.table_name])
    ]
    return _Steps("\n".join([_code(upgrade, context), *locks]), _code(downgrade, context))


def _flat(operations: list[MigrateOperation]) -> Iterator[MigrateOperation]:
    for operation in operations:
        yield from _flat(operation.ops) if isinstance(operation, ModifyTableOps) else (operation,)


def _check_fillable(operation: MigrateOperation) -> None:
    if not isinstance(operation, AddColumnOp):
        return
    column = operation.column
    if not column.nullable and column.server_default is None:
        raise Conflict(
            f"{operation.table_name}.{column.name} is NOT NULL and the rows that there are have no value for it;"
            " give it a server_default or make it nullable"
        )


def _is_tenant(table: Table) -> bool:
    return table.info.get(SCOPE) == "organization"


def _code(operations: Any, context: MigrationContext) -> str:
    """Python statements; changes that SQLite cannot make in place copy the table (a batch)."""
    code = render_python_code(operations, migration_context=context, render_item=_render_item)
    if re.search(r"op\.(alter_column|create_\w+_constraint|drop_constraint|create_foreign_key)\(", code):
        code = render_python_code(
            operations, migration_context=context, render_item=_render_item, render_as_batch=True
        )
    lines = (line for line in code.splitlines() if not line.lstrip().startswith("#"))
    # Alembic indents all but the first line by the depth of a function's body.
    return "\n".join(line.removeprefix("    ") for line in lines).strip()


def _render_item(kind: str, item: Any, _context: Any) -> Any:
    """The kit's own types by name; `False` leaves the rest to Alembic."""
    return type(item).__name__ if kind == "type" and isinstance(item, Json | Timestamp) else False


def _imports(steps: _Steps) -> str:
    code = f"{steps.upgrade}\n{steps.downgrade}"
    types = [name for name in ("Json", "Timestamp") if re.search(rf"\b{name}\b", code)]
    outside = ["import sqlalchemy as sa"] if "sa." in code else []
    inside = [f"from agenthub.kit.db import {', '.join(types)}"] if types else []
    if "enable_row_security" in code:
        inside.append("from agenthub.kit.db.migrate import enable_row_security")
    return "\n".join([*outside, "from alembic import op", *(["", *inside] if inside else [])])


def _format(path: Path) -> None:
    """As the rest of the source; an installation without the development tools leaves Alembic's layout."""
    if importlib.util.find_spec("ruff") is not None:
        subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(path)], check=True)  # noqa: S603  our own tool on our own file
