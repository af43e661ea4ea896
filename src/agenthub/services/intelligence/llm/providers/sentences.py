"""Where the sentences of a text stand, in any script with sentence marks; Markdown and wrapped lines understood."""

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

SentenceKind = Literal["prose", "item", "row", "heading", "question"]
BlockKind = Literal["prose", "item", "row", "heading"]

_HEADING_CHARACTERS = 80
_LINE = re.compile(r"[^\n]*\n?")
_MARKER = re.compile(r"[^\S\n]*(?:(?P<heading>#{1,6})|(?P<item>[-*+•‣]|\d{1,2}[.)])|(?P<row>\|))[^\S\n]+")
_CELL_BORDER = re.compile(r"\s*\|\s*")
_RULE = re.compile(r"\s*(?:\|?\s*:?-{3,}.*|={3,}|\*{3,}|_{3,})\s*")
_END = re.compile(
    r"(?:[.!?…।॥]+[\"'\u201d\u2019\u00bb)\]*_]*(?=\s|$))|[\u3002\uff01\uff1f]+[\u201d\u300d\u300f]*"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“])(?:mr|mrs|ms|dr|prof|st|jr|sr|sra|srta|dra|gen|sen|rep|gov|capt|lt|col|vs|no|nos|fig|vol"
    r"|pp?|ed|approx|e\.g|i\.e|cf|ca|núm|pág|ej|av|ud|uds|ee|uu|डॉ|श्री|[^\W\d_]|(?:[^\W\d_]\.)+[^\W\d_])\.$",
    re.IGNORECASE,
)
_LOOK_BACK = 14


class Sentence(msgspec.Struct, frozen=True):
    """`text` is the source's slice from `start` to `end`, in code points."""

    start: int
    end: int
    text: str
    kind: SentenceKind
    context: str
    """The heading and question that it stands under; of a table row, the first row."""


def sentences(text: str) -> list[Sentence]:
    """All sentences, headings, list items and table rows in their order."""
    found: list[Sentence] = []
    heading = asked = columns = ""
    for start, end, kind in _blocks(text):
        said = text[start:end]
        if kind == "heading":
            heading, asked = said, ""
            found.append(Sentence(start, end, said, "question" if said.endswith("?") else "heading", ""))
            continue
        if kind == "row":
            found.append(Sentence(start, end, said, "row" if columns else "heading", columns))
            columns = columns or said
            continue
        columns = ""
        for first, last in _spans(text, start, end):
            said = text[first:last]
            if said.endswith("?"):
                asked = said
                found.append(Sentence(first, last, said, "question", heading))
            else:
                found.append(Sentence(first, last, said, kind, f"{heading} {asked}".strip()))
    return found


def cells_of(row: str) -> list[str]:
    """The cells of a table row."""
    return _CELL_BORDER.split(row)


def _blocks(text: str) -> Iterator[tuple[int, int, BlockKind]]:
    """Paragraphs, list items, table rows and headings, without their markers."""
    start = end = lines = 0
    kind: BlockKind = "prose"
    for line in _LINE.finditer(text):
        said = line.group().strip()
        ruled = _RULE.fullmatch(said) is not None
        marker = None if ruled else _MARKER.match(text, line.start(), line.end())
        if said and not marker and not ruled:
            start = start if lines else line.start()
            end, lines = line.end(), lines + 1
            continue
        if lines:
            yield _block(text, start, end, kind, lines)
        lines, kind = 0, "prose"
        if marker:
            kind = "heading" if marker["heading"] else "row" if marker["row"] else "item"
            start, end, lines = marker.end(), line.end(), 1
            if kind != "item":
                yield (*_trimmed(text, start, end), kind)
                lines, kind = 0, "prose"
    if lines:
        yield _block(text, start, end, kind, lines)


def _block(text: str, start: int, end: int, kind: BlockKind, lines: int) -> tuple[int, int, BlockKind]:
    """A short single line without a stop is a heading, as in the text of a PDF."""
    first, last = _trimmed(text, start, end)
    said = text[first:last]
    titled = kind == "prose" and lines == 1 and len(said) <= _HEADING_CHARACTERS and last - first < len(text)
    if titled and not _END.search(said[-3:]) and not said.endswith((":", ";", ",")):
        return first, last, "heading"
    return first, last, kind


def _spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    first = start
    for mark in _END.finditer(text, start, end):
        if mark.end() < end and _goes_on(text, mark):
            continue
        yield _trimmed(text, first, mark.end())
        first = mark.end()
    first, last = _trimmed(text, first, end)
    if first < last:
        yield first, last


def _goes_on(text: str, mark: re.Match[str]) -> bool:
    """If the stop ends an abbreviation, or the next word begins with a small letter."""
    following = text[mark.end() : mark.end() + 8].lstrip()[:1]
    if following.islower():
        return True
    before = text[max(0, mark.start() - _LOOK_BACK) : mark.end()]
    return mark.group() == "." and _ABBREVIATION.search(before) is not None


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1] in " \t\r\n|":
        end -= 1
    return start, end
