"""Finding out what is wrong."""

import asyncio
from typing import Any

import click

from agenthub.cli.exits import FAILED
from agenthub.cli.output import json_option, print_rows


@click.command()
@click.pass_context
@json_option
def doctor(ctx: click.Context, *, as_json: bool) -> None:
    """Check the configuration and what runs.

    Ends with 1 when something needs attention; each line says what to do.
    """
    from agenthub.host.diagnosis import diagnose

    findings: list[dict[str, Any]] = asyncio.run(diagnose())
    print_rows(findings, ["check", "state", "detail"], as_json=as_json)
    if any(finding["state"] == "wrong" for finding in findings):
        ctx.exit(FAILED)
