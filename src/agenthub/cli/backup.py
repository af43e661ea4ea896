"""Backing up and restoring."""

from pathlib import Path

import click

from agenthub.cli.output import json_option, print_json, say


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def backup(file: Path, *, as_json: bool) -> None:
    """Write the installation into one archive.

    Works while it runs: each database is taken as of one moment. FILE (tar.gz, mode 0600) holds the master
    key; keep it as you keep the key.
    """
    from agenthub.host.backup import back_up
    from agenthub.host.foundation import lay_foundation

    sums = back_up(lay_foundation(), file)
    if as_json:
        print_json({"file": str(file), "sha256": sums})
    else:
        say(f"{len(sums)} files are in {file}. It holds the master key: keep it safe.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def restore(file: Path, *, as_json: bool) -> None:
    """Bring an archive back into an empty folder.

    The folder is AGENTHUB_HOME, or ~/.agenthub; one that holds anything is refused.
    """
    from agenthub.cli.session import home
    from agenthub.host.backup import restore as bring_back

    sums = bring_back(home(), file)
    if as_json:
        print_json({"home": str(home()), "sha256": sums})
    else:
        say(f"{len(sums)} files are back in {home()}. Run agenthub up.")
