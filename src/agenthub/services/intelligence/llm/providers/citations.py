"""Citation marks in a streamed answer: kept with their quote where they name a passage, else removed."""

import math
import re
from collections.abc import Iterator, Sequence

from agenthub.contracts.llm import CitationMark, Passage, TextDelta
from agenthub.services.intelligence.llm.providers.sentences import Sentence, sentences

_CODE_OR_MARK = re.compile(
    r"(?P<ticks>`+)|(?P<mark>[ \t]?(?:\[|【)(?P<numbers>\d{1,3}(?:\s*,\s*\d{1,3})*)(?:\]|】))"
)
# What may yet become a mark, or a run of backticks that goes on, waits for the next delta.
_UNDECIDED = re.compile(r"`+\Z|[ \t]?(?:(?:\[|【)[\d,\s]{0,40})?\Z")
# Removing a mark from inside brackets would leave a new one: `[[7]1]`.
_OPEN = re.compile(r"(?:\[|【)[\d,\s]*\Z")
_CLAIM_BORDER = re.compile(r"(?<=[.!?।])\s+|\n+")
_CLAIM_CHARACTERS = 600
_WORD = re.compile(r"[\w\u0300-\u036f\u0900-\u0963]+")
_FENCE = 3


class CitationFilter:
    """Turns pieces of text into text and citations; brackets in code are left alone."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = {passage.number: passage for passage in passages}
        self._sentences: dict[int, list[Sentence]] = {}
        self._held = ""
        self._claim = ""
        self._ticks = 0

    def feed(self, text: str) -> Iterator[TextDelta | CitationMark]:
        """What can be told after this piece; a mark cut in two is held until it is whole."""
        text = self._held + text
        undecided = _UNDECIDED.search(text)
        border = undecided.start() if undecided else len(text)
        self._held = text[border:]
        return self._told(text[:border])

    def close(self) -> Iterator[TextDelta | CitationMark]:
        """What was held back."""
        held, self._held = self._held, ""
        return self._told(held)

    def _told(self, text: str) -> Iterator[TextDelta | CitationMark]:
        plain = ""
        start = 0
        for hit in _CODE_OR_MARK.finditer(text):
            plain += text[start : hit.start()]
            start = hit.end()
            numbers = self._known(hit)
            if hit["ticks"] or self._ticks:
                plain += hit.group()
                self._toggle(len(hit["ticks"] or ""))
                continue
            if not numbers:
                if _OPEN.search(self._claim + plain):
                    plain += f"({hit['numbers']})"
                continue
            yield from self._plain(plain + hit.group()[: hit.group().index(hit["numbers"]) - 1])
            plain = ""
            for number in numbers:
                yield TextDelta(text=f"[{number}]")
                yield self._citation(number)
        yield from self._plain(plain + text[start:])

    def _known(self, hit: re.Match[str]) -> list[int]:
        numbers = map(int, re.findall(r"\d+", hit["numbers"] or ""))
        return [number for number in dict.fromkeys(numbers) if number in self._passages]

    def _toggle(self, ticks: int) -> None:
        """Code ends with as many backticks as it began with (CommonMark 6.1); a fence with at least as many."""
        if not self._ticks:
            self._ticks = ticks
        elif ticks == self._ticks or (ticks > self._ticks >= _FENCE):
            self._ticks = 0

    def _plain(self, text: str) -> Iterator[TextDelta]:
        if text:
            self._claim = (self._claim + text)[-_CLAIM_CHARACTERS:]
            yield TextDelta(text=text)

    def _citation(self, number: int) -> CitationMark:
        passage = self._passages[number]
        if number not in self._sentences:
            self._sentences[number] = sentences(passage.text)
        claims = [claim for claim in _CLAIM_BORDER.split(self._claim) if claim.strip()]
        quoted = best_sentence(claims[-1] if claims else "", self._sentences[number])
        start, end = (quoted.start, quoted.end) if quoted else (0, len(passage.text))
        return CitationMark(number=number, quote=passage.text[start:end], start=start, end=end)


def best_sentence(claim: str, candidates: Sequence[Sentence]) -> Sentence | None:
    """The sentence that shares most words with the claim, numbers counting double; the first of equals."""
    said = _forms(claim)
    return max(candidates, key=lambda sentence: _shared(said, _forms(sentence.text)), default=None)


def _shared(said: set[str], other: set[str]) -> float:
    weight = sum(2.0 if form[0].isdigit() else 1.0 for form in said & other)
    return weight / math.sqrt(len(other) + 3)


def _forms(text: str) -> set[str]:
    return {form.casefold() for form in _WORD.findall(text)}
