"""Running: everything in one process, or one service alone."""

from typing import TYPE_CHECKING

import click

from agenthub.cli.names import check_service
from agenthub.cli.output import print_json, say

if TYPE_CHECKING:
    from agenthub.host.ready import Ready


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (8000).")
@click.option("--host", help="Address to listen on (127.0.0.1).")
@click.option("--home", type=click.Path(file_okay=False), help="Folder of the installation (~/.agenthub).")
@click.option("--no-sample", is_flag=True, help="Offer no sample agent to new organizations.")
@click.option(
    "--ports",
    type=click.Choice(["all", "none"]),
    default="none",
    show_default=True,
    help="Let every service also answer at its own port, past the gateway.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the ready line as JSON.")
def up(
    *, port: int | None, host: str | None, home: str | None, no_sample: bool, ports: str, as_json: bool
) -> None:
    """Run every service in one process.

    Needs nothing else: data, secrets and files lie in the installation's folder. Ends cleanly at Ctrl-C or
    SIGTERM: open requests are finished within the grace (host.grace_seconds); a second Ctrl-C ends at once.
    """
    from agenthub.host.foundation import lay_foundation
    from agenthub.host.running import run_all

    given = {
        "AGENTHUB_HOST_PORT": str(port) if port else None,
        "AGENTHUB_HOST_BIND": host,
        "AGENTHUB_HOME": home,
        "AGENTHUB_AGENTS_OFFER_SAMPLE": "false" if no_sample else None,
    }
    foundation = lay_foundation({name: value for name, value in given.items() if value})

    def announce(ready: "Ready") -> None:
        _announce(ready, str(foundation.home), as_json=as_json)

    run_all(foundation, announce, each_port=ports == "all")
    say("AgentHub has stopped.")


@click.command()
@click.argument("name")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (that of its manifest).")
@click.option("--host", help="Address to listen on (127.0.0.1).")
@click.option("--json", "as_json", is_flag=True, help="Print the ready line as JSON.")
def serve(name: str, *, port: int | None, host: str | None, as_json: bool) -> None:
    """Run one service alone.

    It calls the others where AGENTHUB_HOST_SERVICES says (name=http://host:port, …), or else on this
    machine at the ports of their manifests. Services in several processes share events only through Redis.
    """
    from agenthub.host.foundation import lay_foundation
    from agenthub.host.running import run_alone

    check_service(name)
    foundation = lay_foundation({"AGENTHUB_HOST_BIND": host} if host else None)
    if not foundation.host.redis_url:
        say(f"agenthub: without REDIS_URL {name} exchanges no events with services in other processes")

    def announce(ready: "Ready") -> None:
        _announce(ready, str(foundation.home), as_json=as_json)

    run_alone(foundation, name, port, announce)
    say(f"{name} has stopped.")


def _announce(ready: "Ready", home: str, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "address": ready.address,
                "services": ready.services,
                "seconds": round(ready.seconds, 3),
                "setup_link": ready.setup_link,
                "home": home,
            }
        )
        return
    plural = "" if ready.services == 1 else "s"
    click.echo(
        f"AgentHub is ready at {ready.address} ({ready.services} service{plural}, {ready.seconds:.1f} s)"
    )
    if ready.setup_link:
        click.echo(f"Set it up here, once: {ready.setup_link}")
    say(f"Data in {home}. Stop with Ctrl-C.")
