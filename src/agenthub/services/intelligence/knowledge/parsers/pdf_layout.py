"""Lines of pages as paragraphs under headings, without what recurs at the edges of the pages."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

import msgspec

from agenthub.services.intelligence.knowledge.parsers.document import Block, Outline

HEADING_RATIO = 1.15
LONGEST_HEADING = 200
_EDGE = 0.12
_RECURS_ON = 0.5
_FEWEST_PAGES = 3
_NEW_PARAGRAPH = 1.7
_SAME_SIZE = 0.12
_RANGE_BROKEN = re.compile(r"\d-$")
_NUMBER = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"(?:page|seite|página|pagina|pág\.|p\.|पृष्ठ)?\s*#(?:\s*(?:/|of|de|von|di|sur)\s*#)?", re.IGNORECASE
)


class Line(msgspec.Struct, frozen=True):
    """Edges as shares of the page's height from its foot; all 0 where the place is unknown.

    `top` and `bottom` are those of the first character, `end` is the lower edge of the last.
    """

    text: str
    top: float
    bottom: float
    end: float

    @property
    def size(self) -> float:
        return round(self.top - self.bottom, 4)


def blocks_of(pages: Sequence[Sequence[Line]]) -> list[Block]:
    kept = _without_running_heads(pages)
    body = _body_size(kept)
    outline = Outline()
    blocks: list[Block] = []
    for number, page in enumerate(kept, 1):
        for lines in _paragraphs(page):
            text = _joined(lines)
            size = lines[0].size
            if body and size > body * HEADING_RATIO and len(text) <= LONGEST_HEADING:
                blocks.append(Block(text, number, outline.enter(-size, text), "heading"))
            else:
                blocks.append(Block(text, number, outline.path))
    return blocks


def _body_size(pages: Sequence[Sequence[Line]]) -> float:
    """The size in which most characters are set."""
    characters: Counter[float] = Counter()
    for line in chain.from_iterable(pages):
        characters[line.size] += len(line.text)
    return max(characters, key=lambda size: characters[size], default=0.0)


def _paragraphs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines that follow each other closely in one size."""
    run: list[Line] = []
    for line in lines:
        if run and _parted(run[-1], line):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _joined(lines: Sequence[Line]) -> str:
    """One space between lines; none after a hyphen that stands between digits, which pdfium leaves there."""
    text = lines[0].text
    for line in lines[1:]:
        whole = _RANGE_BROKEN.search(text) is not None and line.text[0].isdigit()
        text = f"{text}{line.text}" if whole else f"{text} {line.text}"
    return text


def _parted(upper: Line, lower: Line) -> bool:
    if abs(upper.size - lower.size) > _SAME_SIZE * max(upper.size, lower.size):
        return True
    step = upper.end - lower.bottom
    # A step upward begins a new column; on one line, a gap wide enough to be told apart is a cell.
    return step < -upper.size / 2 or step > _NEW_PARAGRAPH * max(upper.size, lower.size)


def _without_running_heads(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Pages without the lines that stand at the edge of most pages, and without bare page numbers there.

    Numbers count as alike only in bare page numbers: a page's own facts may differ in a number alone.
    """
    marks = Counter(mark for page in pages for mark in {_mark(line) for line in page if _at_edge(line)})
    enough = max(_FEWEST_PAGES, len(pages) * _RECURS_ON)
    running = {mark for mark, count in marks.items() if count >= enough}
    return [[line for line in page if not (_at_edge(line) and _mark(line) in running)] for page in pages]


def _at_edge(line: Line) -> bool:
    return bool(line.size) and (line.bottom > 1 - _EDGE or line.top < _EDGE)


def _mark(line: Line) -> str:
    numbered = _NUMBER.sub("#", line.text)
    return numbered if _PAGE_NUMBER.fullmatch(numbered) else line.text
