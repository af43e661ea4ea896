"""Names of services as people type them."""

import difflib

import click


def check_service(name: str) -> None:
    """A usage error names the nearest when there is no service of this name."""
    from agenthub.host.catalog import SERVICES

    if name not in SERVICES:
        near = difflib.get_close_matches(name, SERVICES, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "See agenthub services."
        raise click.UsageError(f"There is no service {name!r}. {hint}")
