"""Names of services as people type them."""

import difflib
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from agenthub.kit.service import Service


def service_named(name: str) -> "Service":
    """The manifest; a usage error names the nearest when there is none of this name."""
    from agenthub.host.catalog import SERVICES, load

    if name not in SERVICES:
        near = difflib.get_close_matches(name, SERVICES, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "See agenthub services."
        raise click.UsageError(f"There is no service {name!r}. {hint}")
    return load(name)
