"""Adding a service."""

import click

from agenthub.cli.output import json_option, print_json, say


@click.command()
@click.argument("name")
@click.option(
    "--group",
    type=click.Choice(["core", "intelligence", "communication", "business", "platform"]),
    default="business",
    show_default=True,
    help="Family of services that it belongs to.",
)
@click.option("--summary", default="Does one thing.", show_default=True, help="What it is for.")
@json_option
def new(name: str, *, group: str, summary: str, as_json: bool) -> None:
    """Add a service to the source.

    Writes the minimum that runs and passes all checks: folder, contract, test and its line in the catalogue.
    """
    from agenthub.host.scaffold import scaffold

    files = [str(path) for path in scaffold(name, group, summary)]
    if as_json:
        print_json(files)
        return
    for path in files:
        click.echo(path)
    say(f"Run it with: agenthub serve {name}. Render the reference with: make docs.")
