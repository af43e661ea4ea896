"""Finds the words of a question in the passages, whatever their ending."""

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from agenthub.contracts.llm import Passage
from agenthub.services.intelligence.llm.providers.builtin.question import Part, Term
from agenthub.services.intelligence.llm.providers.builtin.words import Lexicon, Word, words
from agenthub.services.intelligence.llm.providers.sentences import Sentence, sentences

Hits = Mapping[int, float]
"""How well each term of the question, by its position, is met: 0 to 1."""

_PREFIX = 2
_SYNONYM = 0.6
_HEADED = 0.7


class Candidate(msgspec.Struct, frozen=True):
    """A sentence that may answer, with its words."""

    passage: Passage
    sentence: Sentence
    words: tuple[Word, ...]
    around: tuple[str, ...]
    """Forms of the words of its heading, the document's title and the section."""
    position: int
    """Its place among the sentences of the passage, from 0."""


class Match(msgspec.Struct, frozen=True):
    """A candidate seen with one part of the question."""

    candidate: Candidate
    hits: Hits
    """Terms met in the sentence itself, and less so in the headings that it stands under."""
    places: Mapping[int, int]
    """Where in the sentence each of them stands, in words."""
    near: Hits
    """Terms met in the sentences before and after it."""
    whole: Hits
    """Terms met anywhere in the passage or its title."""


def candidates_of(passages: Sequence[Passage]) -> list[Candidate]:
    """Every sentence of every passage, headings and questions too: their neighbours need them."""
    found = []
    for passage in passages:
        title = [word.form for word in words(f"{passage.title} {passage.section}")]
        for position, sentence in enumerate(sentences(passage.text)):
            around = (*title, *(word.form for word in words(sentence.context)))
            found.append(Candidate(passage, sentence, tuple(words(sentence.text)), around, position))
    return found


class Matcher:
    """Matches one part of a question; remembers each word form it has judged."""

    def __init__(self, part: Part, lexicon: Lexicon) -> None:
        self._terms = part.terms
        self._lexicon = lexicon
        self._judged: dict[str, Hits] = {}

    def matches(self, candidates: Sequence[Candidate]) -> list[Match]:
        own = [self._hits(word.form for word in candidate.words) for candidate in candidates]
        around = [self._hits(candidate.around) for candidate in candidates]
        whole: dict[int, dict[int, float]] = {}
        for candidate, said, headed in zip(candidates, own, around, strict=True):
            number = candidate.passage.number
            whole[number] = _best(whole.get(number, {}), said, headed)
        found = []
        for at, candidate in enumerate(candidates):
            before = own[at - 1] if candidate.position else {}
            after = own[at + 1] if at + 1 < len(candidates) and candidates[at + 1].position else {}
            above = {term: strength * _HEADED for term, strength in around[at].items()}
            places = self._places(candidate.words)
            hits = _best(above, own[at])
            found.append(
                Match(candidate, hits, places, _best(before, after), whole[candidate.passage.number])
            )
        return found

    def weights(self, candidates: Sequence[Candidate]) -> tuple[float, ...]:
        """Each term's weight: the rarer over the sentences supplied, the more it says; absent ones weigh most."""
        seen = [0.0] * len(self._terms)
        for candidate in candidates:
            for term, strength in self._hits(word.form for word in candidate.words).items():
                seen[term] += strength
        total = len(candidates)
        rarity = [math.log(1 + (total - count + 0.5) / (count + 0.5)) for count in seen]
        return tuple(term.weight * rare for term, rare in zip(self._terms, rarity, strict=True))

    def _places(self, said: Sequence[Word]) -> Mapping[int, int]:
        places: dict[int, int] = {}
        for at, word in enumerate(said):
            for term in self._judge(word.form):
                places.setdefault(term, at)
        return places

    def _hits(self, forms: Iterable[str]) -> Hits:
        return _best({}, *(self._judge(form) for form in forms))

    def _judge(self, form: str) -> Hits:
        known = self._judged.get(form)
        if known is None:
            strengths = ((at, self._strength(term, form)) for at, term in enumerate(self._terms))
            known = self._judged[form] = {at: strength for at, strength in strengths if strength}
        return known

    def _strength(self, term: Term, form: str) -> float:
        if form in term.synonyms:
            return _SYNONYM
        # Stems and endings keep the first letters, irregular forms the first one.
        if form[:1] != term.form[:1]:
            return 0.0
        return self._lexicon.likeness(term.form, form)


def _best(start: Hits, *others: Hits) -> dict[int, float]:
    best = dict(start)
    for hits in others:
        for term, strength in hits.items():
            if strength > best.get(term, 0.0):
                best[term] = strength
    return best
