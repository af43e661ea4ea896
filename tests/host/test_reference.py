"""The committed reference is what the manifests say today."""

from pathlib import Path

import pytest

from agenthub.cli.reference import rendered

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
PAGES = rendered()


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_is_current(name: str) -> None:
    page = FOLDER / name
    assert page.exists(), "run: make docs"
    assert page.read_text(encoding="utf-8") == PAGES[name], "run: make docs"


def test_no_page_is_left_of_something_gone() -> None:
    assert {page.name for page in FOLDER.glob("*.md")} == set(PAGES)


def test_the_reference_names_every_exit_code() -> None:
    for code in (0, 1, 2, 3, 4, 5, 75):
        assert f"| {code} |" in PAGES["cli.md"]
