"""What every parser gives, and how it refuses."""

from typing import Literal

import msgspec

from agenthub.kit.errors import Invalid

Kind = Literal["heading", "paragraph", "list", "table", "code"]
MOST_PAGES = 5_000
MOST_TEXT_BYTES = 50_000_000


class Refused(Invalid):
    """The document cannot be read; the detail is a plain sentence for whoever sent it."""

    code = "document_refused"
    title = "The document cannot be read"


class Block(msgspec.Struct, frozen=True):
    """A heading, paragraph, list item or table; pages count from 1 and are None where there are none.

    `section` is the path of headings above, outermost first; a heading's own text closes its path.
    A table has one line of text for each row, its cells parted by ` | `.
    """

    text: str
    page: int | None = None
    section: tuple[str, ...] = ()
    kind: Kind = "paragraph"


class ParsedDocument(msgspec.Struct, frozen=True):
    title: str
    blocks: list[Block]


class Outline:
    """The path of headings at the place that is being read."""

    def __init__(self) -> None:
        self._above: list[tuple[float, str]] = []

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(text for _, text in self._above)

    def enter(self, level: float, text: str) -> tuple[str, ...]:
        """The path after a heading; a smaller level stands higher."""
        while self._above and self._above[-1][0] >= level:
            self._above.pop()
        self._above.append((level, text))
        return self.path


def folded(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())
