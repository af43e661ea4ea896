"""Signing in."""

import asyncio
import sys

import click

from agenthub.cli.output import is_interactive, json_option, print_json, say
from agenthub.cli.session import Session, local_url, save


@click.command()
@click.option("--url", help="Address of the installation (that which runs here).")
@click.option("--email", help="Your address; asked for at a terminal.")
@json_option
def login(*, url: str | None, email: str | None, as_json: bool) -> None:
    """Sign in at an installation.

    The session is kept in the home folder (login.json, mode 0600). The password is asked for, or read from the first line of standard input where there is no terminal.
    Without a login, `chat` and `kb` use the installation that runs here, as its first owner.
    """
    address = url or local_url() or "http://127.0.0.1:8000"
    if email is None:
        if not is_interactive():
            raise click.UsageError("Without a terminal give --email, and the password on standard input.")
        email = click.prompt("E-mail", err=True)
    if is_interactive():
        password = click.prompt("Password", hide_input=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    path = asyncio.run(_log_in(address.rstrip("/"), email, password))
    if as_json:
        print_json({"url": address, "email": email, "file": path})
    else:
        say(f"Signed in at {address} as {email}.")


async def _log_in(url: str, email: str, password: str) -> str:
    from agenthub.cli.http import Api

    async with Api(Session(url, "")) as api:
        tokens = await api.post("/api/auth/login", {"email": email, "password": password})
    return str(save(Session(url, tokens["access_token"], tokens["refresh_token"], email)))
