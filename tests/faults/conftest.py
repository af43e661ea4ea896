"""Fixtures of the fault runs."""

from collections.abc import Iterator

import pytest

from tests.faults.cluster import CommandLine, Nursery, Starter


@pytest.fixture(scope="session")
def nursery() -> Iterator[Starter]:
    """Quick starts, for tests that need many."""
    starter = Nursery()
    yield starter
    starter.close()


@pytest.fixture
def command_line() -> Iterator[Starter]:
    """Starts as people make them."""
    starter = CommandLine()
    yield starter
    starter.close()
