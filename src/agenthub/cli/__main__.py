"""`python -m agenthub.cli` is `agenthub`."""

from agenthub.cli.group import main

main()
