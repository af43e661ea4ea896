"""Cuts a document into passages of about equal length, at headings, paragraphs and sentences."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from math import ceil

import msgspec

from agenthub.kit.words import words
from agenthub.services.intelligence.knowledge.parsers.document import Block
from agenthub.services.intelligence.knowledge.text.sentences import sentences

# Subword tokenizers of the common models make 1.2 to 1.5 tokens of a word of running text.
TOKENS_A_WORD = 1.3
# A passage this full ends where a new heading begins; a shorter one takes the next section in as well.
FULL_ENOUGH = 0.25
LONGEST_RUN = 1_000
_SPACE = re.compile(r"\s+")


class PageStart(msgspec.Struct, frozen=True):
    """From this character of the passage on, the text stands on this page."""

    offset: int
    page: int


class SectionStart(msgspec.Struct, frozen=True):
    """From this character of the passage on, the text stands under these headings, outermost first."""

    offset: int
    path: tuple[str, ...]


class Chunk(msgspec.Struct, frozen=True):
    """A passage; `section` is that of its first word, `position` counts from 0 within the document."""

    position: int
    text: str
    tokens: int
    section: tuple[str, ...] = ()
    pages: tuple[PageStart, ...] = ()
    sections: tuple[SectionStart, ...] = ()

    @property
    def page(self) -> int | None:
        """The page of the first word."""
        return self.page_at(0)

    def page_at(self, offset: int) -> int | None:
        """The page on which a character stands, such as the first of a quote."""
        index = bisect_right(self.pages, offset, key=lambda start: start.offset) - 1
        return self.pages[index].page if index >= 0 else None


class _Piece(msgspec.Struct, frozen=True):
    """What is never cut: a sentence, a row, a line of code, a heading."""

    text: str
    tokens: int
    block: Block
    first: bool

    @property
    def heading(self) -> bool:
        return self.block.kind == "heading"


def chunks_of(blocks: Sequence[Block], *, size: int = 400, overlap: int = 60) -> list[Chunk]:
    """Passages of at most `size` tokens; each begins with up to `overlap` tokens of whole sentences before it.

    Nothing is repeated across a heading. The same blocks give the same passages.
    """
    runs = _runs([piece for block in blocks for piece in _pieces(block, size)], size, overlap)
    return [_chunk(position, run) for position, run in enumerate(runs)]


def tokens_of(text: str) -> int:
    """An estimate: the words times 1.3, rounded up."""
    return ceil(len(words(text)) * TOKENS_A_WORD)


def _runs(pieces: Sequence[_Piece], size: int, overlap: int) -> Iterator[list[_Piece]]:
    run: list[_Piece] = []
    filled = 0
    new = 0
    for piece in pieces:
        ended = bool(run) and piece.heading and piece.first and filled >= size * FULL_ENOUGH
        if new and (ended or filled + piece.tokens > size):
            yield run
            run = [] if ended else _tail(run, min(overlap, size - piece.tokens))
            filled = sum(kept.tokens for kept in run)
            new = 0
        run.append(piece)
        filled += piece.tokens
        new += 1
    if new:
        yield run


def _tail(run: Sequence[_Piece], room: int) -> list[_Piece]:
    """The last sentences that fit in the room, none from above a heading."""
    kept: list[_Piece] = []
    for piece in reversed(run):
        room -= piece.tokens
        if room < 0 or piece.heading:
            break
        kept.append(piece)
    return kept[::-1]


def _pieces(block: Block, size: int) -> Iterator[_Piece]:
    rows = block.kind in {"table", "code"}
    whole = block.text.splitlines(keepends=True) if rows else sentences(block.text)
    first = True
    for part in whole:
        for text in _fitting(part, size):
            # A piece of marks alone counts as well: whatever costs nothing would be repeated without end.
            yield _Piece(text, max(1, tokens_of(text)), block, first)
            first = False


def _fitting(text: str, size: int) -> Iterator[str]:
    """The text itself, or, where it alone is longer than a passage, parts cut at white space."""
    if tokens_of(text) <= size:
        yield text
        return
    part = ""
    for run in _breakable(text):
        if part and tokens_of(part + run) > size:
            yield part
            part = ""
        part += run
    if part:
        yield part


def _breakable(text: str) -> Iterator[str]:
    """Groups of words of up to `LONGEST_RUN` characters; a longer word is cut."""
    start = 0
    while start < len(text):
        end = min(start + LONGEST_RUN // 10, len(text))
        space = _SPACE.search(text, end, min(start + LONGEST_RUN, len(text)))
        stop = space.end() if space else min(start + LONGEST_RUN, len(text))
        yield text[start:stop]
        start = stop


def _border(former: _Piece, piece: _Piece) -> str:
    """Items of one list stand on lines of their own; other blocks are parted by an empty line."""
    return "\n" if former.block.kind == piece.block.kind == "list" else "\n\n"


def _chunk(position: int, run: Sequence[_Piece]) -> Chunk:
    text = ""
    pages: list[PageStart] = []
    sections: list[SectionStart] = []
    path: tuple[str, ...] = ()
    former: _Piece | None = None
    for piece in run:
        if former is not None and piece.first:
            text = text.rstrip() + _border(former, piece)
        former = piece
        if piece.block.page is not None and (not pages or pages[-1].page != piece.block.page):
            pages.append(PageStart(len(text), piece.block.page))
        if piece.block.section != path:
            path = piece.block.section
            sections.append(SectionStart(len(text), path))
        text += piece.text
    text = text.rstrip()
    return Chunk(position, text, tokens_of(text), run[0].block.section, tuple(pages), tuple(sections))
