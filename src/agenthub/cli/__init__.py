"""The command line: each command is imported when it is called, so that help is quick."""

from agenthub.cli.group import main

__all__ = ["main"]
