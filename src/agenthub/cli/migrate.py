"""Databases: bringing them to a version, and writing the next one."""

import asyncio

import click

from agenthub.cli.names import check_service
from agenthub.cli.output import json_option, print_rows, say


@click.command()
@click.argument("name", required=False)
@click.option("--to", "target", help="Revision to go to, forward or back (the newest); needs NAME.")
@json_option
def migrate(name: str | None, *, target: str | None, as_json: bool) -> None:
    """Bring databases to a version.

    Those of all services, or of the service NAME. `agenthub up` does this by itself at each start.
    """
    if name is not None:
        check_service(name)
    elif target is not None:
        raise click.UsageError("--to needs the NAME of a service.")
    from agenthub.host.catalog import load
    from agenthub.host.engines import database_path, migrate as bring
    from agenthub.host.foundation import lay_foundation, sole_owner
    from agenthub.host.installation import complete
    from agenthub.kit.redaction import redact_text

    installation = complete(lay_foundation(), [load(name)] if name else None)
    rows = []
    with sole_owner(installation.home):
        for service in installation.services:
            asyncio.run(bring(installation, service, target or "heads"))
            database = redact_text(database_path(installation, service))
            rows.append({"service": service.name, "version": target or "newest", "database": database})
    print_rows(rows, ["service", "version", "database"], as_json=as_json)
    say(f"{len(rows)} databases are ready.")
