"""Databases: bringing them to a version, and writing the next one."""

import asyncio

import click

from agenthub.cli.names import check_service
from agenthub.cli.output import json_option, print_json, print_rows, say


@click.command()
@click.argument("name", required=False)
@click.option("--to", "target", help="Revision to go to, forward or back (the newest); needs NAME.")
@click.option("--make", "summary", help="Write the next migration, saying what changes; needs NAME.")
@json_option
def migrate(name: str | None, *, target: str | None, summary: str | None, as_json: bool) -> None:
    """Bring databases to a version.

    Those of all services, or of the service NAME. `agenthub up` does this by itself at each start.
    With --make no database is touched: the models of NAME are compared with its migrations so far.
    """
    _check(name, target, summary)
    if name is not None and summary is not None:
        _make(name, summary, as_json=as_json)
        return
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


def _check(name: str | None, target: str | None, summary: str | None) -> None:
    if name is not None:
        check_service(name)
    elif target is not None or summary is not None:
        raise click.UsageError("--to and --make need the NAME of a service.")
    if target is not None and summary is not None:
        raise click.UsageError("--to and --make exclude each other.")


def _make(name: str, summary: str, *, as_json: bool) -> None:
    from agenthub.host.catalog import load
    from agenthub.host.revision import make_migration

    path = make_migration(load(name), summary)
    if as_json:
        print_json({"service": name, "file": None if path is None else str(path)})
    elif path is not None:
        click.echo(path)
    if path is None:
        say(f"The migrations of {name} already make what its models say; nothing was written.")
    else:
        say("Read it, then run the tests: they compare it with the models on both databases.")
