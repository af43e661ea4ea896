"""Marks in an answer and what they rest on: nothing unproved leaves."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping

import msgspec

from agenthub.contracts.agents import AnswerCited, AnswerPiece, Citation
from agenthub.contracts.knowledge import PassageFound
from agenthub.contracts.llm import CitationMark

_MARK = re.compile(r"[ \t]?\[([1-9]\d{0,2})\]")


class CitedText:
    """Turns the model's text and citations into the answer's.

    A mark leaves only with the citation that follows it and whose quote stands in a retrieved passage;
    any other is removed. Brackets in code are left alone.
    """

    def __init__(self, passages: Mapping[int, PassageFound]) -> None:
        self._passages = passages
        self._waiting = ""
        self._told: list[str] = []
        self._ticks = 0
        self.citations: list[Citation] = []

    @property
    def text(self) -> str:
        """What has left so far."""
        return "".join(self._told)

    def feed(self, text: str) -> Iterator[AnswerPiece]:
        """What can leave of the next piece; from its first mark on it waits for the citation."""
        yield from self.close()
        mark = None if self._in_code(text) else _MARK.search(text)
        if mark is None:
            yield from self._leave(text)
            return
        self._waiting = text[mark.start() :]
        yield from self._leave(text[: mark.start()])

    def cite(self, mark: CitationMark) -> Iterator[AnswerPiece | AnswerCited]:
        """The mark that waits, with what it rests on; neither leaves when it rests on nothing."""
        written = _MARK.match(self._waiting)
        if written is None or int(written[1]) != mark.number:
            return
        citation = self._resolved(mark)
        rest, self._waiting = self._waiting[written.end() :], ""
        if citation is not None:
            number = self._number(citation)
            yield from self._leave(f"{written.group().partition('[')[0]}[{number}]")
            yield AnswerCited(citation=self.citations[number - 1])
        yield from self.feed(rest)

    def close(self) -> Iterator[AnswerPiece]:
        """What waited for a citation that did not come, without its marks."""
        waiting, self._waiting = self._waiting, ""
        yield from self._leave(_MARK.sub("", waiting))

    def _leave(self, text: str) -> Iterator[AnswerPiece]:
        if text:
            self._told.append(text)
            self._ticks += text.count("`")
            yield AnswerPiece(text=text)

    def _in_code(self, text: str) -> bool:
        before = text.partition("[")[0]
        return (self._ticks + before.count("`")) % 2 == 1

    def _number(self, citation: Citation) -> int:
        """Its number among the answer's sources: they count from 1, the same quote keeps its own."""
        for known in self.citations:
            if (known.document_id, known.quote) == (citation.document_id, citation.quote):
                return known.number
        self.citations.append(msgspec.structs.replace(citation, number=len(self.citations) + 1))
        return len(self.citations)

    def _resolved(self, mark: CitationMark) -> Citation | None:
        passage = self._passages.get(mark.number)
        if passage is None or not mark.quote or passage.text[mark.start : mark.end] != mark.quote:
            return None
        return Citation(
            number=mark.number,
            quote=mark.quote,
            document_id=passage.document_id,
            title=passage.title,
            page=page_at(passage, mark.start),
            section=section_at(passage, mark.start),
            version=passage.version,
            file_id=passage.file_id,
        )


def page_at(passage: PassageFound, offset: int) -> int | None:
    """The page on which this place of the passage's text stands."""
    begun = bisect_right(passage.pages, offset, key=lambda entry: entry[0])
    return passage.pages[begun - 1][1] if begun else passage.page


def section_at(passage: PassageFound, offset: int) -> tuple[str, ...]:
    """The headings above this place of the passage's text, outermost first."""
    begun = bisect_right(passage.sections, offset, key=lambda entry: entry[0])
    return passage.sections[begun - 1][1] if begun else passage.section
