"""Writes docs/reference, the command line's own page included: `python -m agenthub.cli.reference FOLDER`."""

import sys
from pathlib import Path

from agenthub.cli.exits import EXIT_CODES
from agenthub.cli.group import agenthub
from agenthub.host.reference import command_page, pages, write


def rendered() -> dict[str, str]:
    """Every page by file name."""
    return {**pages(), "cli.md": command_page("agenthub", agenthub, EXIT_CODES)}


if __name__ == "__main__":
    write(Path(sys.argv[1]), rendered())
