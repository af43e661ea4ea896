"""What there is: services, events and settings, from the manifests."""

from typing import Any

import click

from agenthub.cli.names import check_service
from agenthub.cli.output import json_option, print_rows


@click.command()
@json_option
def services(*, as_json: bool) -> None:
    """List the services."""
    from agenthub.host.manifests import service_rows

    columns = ["name", "port", "prefixes", "summary"]
    print_rows(service_rows(), columns, as_json=as_json)


@click.command()
@json_option
def events(*, as_json: bool) -> None:
    """List the events, who publishes and who hears them."""
    from agenthub.host.manifests import event_rows

    print_rows(event_rows(), ["topic", "event", "publishers", "subscribers"], as_json=as_json)


@click.command()
@click.argument("service", required=False)
@json_option
def settings(service: str | None, *, as_json: bool) -> None:
    """List the settings in force.

    Of everything, or of one SERVICE ("host" for the installation's own). Values of secrets are not shown.
    """
    from agenthub.host.foundation import SECTION, lay_foundation
    from agenthub.host.installation import complete
    from agenthub.host.manifests import setting_rows

    if service not in (None, SECTION):
        check_service(service)
    rows: list[dict[str, Any]] = [
        row
        for row in setting_rows(complete(lay_foundation()))
        if service in (None, row["name"].partition(".")[0])
    ]
    print_rows(rows, ["name", "value", "kind", "bounds", "variable", "description"], as_json=as_json)
