"""How well a sentence answers a part of a question."""

from collections.abc import Sequence

import msgspec

from agenthub.services.intelligence.llm.providers.builtin.languages.language import Language
from agenthub.services.intelligence.llm.providers.builtin.matching import Hits, Match
from agenthub.services.intelligence.llm.providers.builtin.question import Part

_NEAR_WORDS = 4
_TINY_WORDS = 4
_PAIR = 2


class Features(msgspec.Struct, frozen=True):
    """Each 0 to 1, but `passage_score` as retrieval gave it."""

    own: float
    """Weight of the question's terms met in the sentence."""
    near: float
    """The same with its neighbours and headings."""
    whole: float
    """The same with the whole passage."""
    adjacent: float
    """Share of neighbouring terms of the question that stand together in the sentence too."""
    kind: float
    """If it holds what such a question wants: a number, a date, a name, a reason."""
    contact: float
    """If it holds the address or telephone number that was asked for: such are hardly mistaken."""
    first: float
    """If it opens its passage."""
    tiny: float
    """If it is too short to say anything."""
    names_missing: float
    """Weight of the question's names and numbers that the passage does not hold."""


def features(match: Match, part: Part, weights: Sequence[float], language: Language) -> Features:
    said = match.candidate.words
    together = {**match.near}
    for term, strength in match.hits.items():
        together[term] = max(strength, together.get(term, 0.0))
    return Features(
        own=_coverage(match.hits, weights),
        near=_coverage(together, weights),
        whole=_coverage(match.whole, weights),
        adjacent=_adjacent(match, len(part.terms)),
        kind=(kind := _holds_kind(match, part, language)),
        contact=kind * (part.kind == "contact"),
        first=float(match.candidate.position == 0),
        tiny=float(len(said) < _TINY_WORDS),
        names_missing=_names_missing(match.whole, part, weights),
    )


def _coverage(hits: Hits, weights: Sequence[float]) -> float:
    return sum(weights[term] * strength for term, strength in hits.items()) / sum(weights)


def _adjacent(match: Match, terms: int) -> float:
    if terms < _PAIR:
        return 0.0
    places = match.places
    pairs = sum(
        at in places and at + 1 in places and abs(places[at] - places[at + 1]) <= _NEAR_WORDS
        for at in range(terms - 1)
    )
    return pairs / (terms - 1)


def _names_missing(whole: Hits, part: Part, weights: Sequence[float]) -> float:
    missing = sum(
        w for at, (t, w) in enumerate(zip(part.terms, weights, strict=True)) if t.name and at not in whole
    )
    return missing / sum(weights)


def _holds_kind(match: Match, part: Part, language: Language) -> float:
    """Looks at the sentence without the question's own words: they are no answer to it."""
    if part.kind in ("other", "procedure"):
        return 0.0
    asked = set(match.places.values())
    text = match.candidate.sentence.text
    if part.kind in ("person", "place"):
        fresh = (w for at, w in enumerate(match.candidate.words) if at not in asked and at > 0)
        return float(any(word.text[0].isupper() for word in fresh))
    sign = language.evidence[part.kind]
    forms = {term.form for term in part.terms}
    return float(any(hit.group().casefold() not in forms for hit in sign.finditer(text)))


def score(seen: Features, passage_score: float) -> float:
    """Orders sentences of one question; only differences mean something."""
    return (
        2.0 * seen.own
        + seen.near
        + seen.whole
        + 0.5 * seen.adjacent
        + 0.9 * seen.kind
        + 0.9 * seen.contact
        + 0.1 * seen.first
        - 0.5 * seen.tiny
        + 0.1 * passage_score
    )


def evidence(seen: Features) -> float:
    """How much speaks for the passage holding the answer at all: the log-odds of a logistic regression.

    Fitted on one half of the articles of XQuAD in English, Spanish and Hindi, against the same questions
    with their passage withheld; `bench/answers.py` measures it on both halves.
    """
    return (
        2.0 * seen.own
        + 2.5 * seen.near
        + 2.5 * seen.whole
        + 2.5 * seen.adjacent
        - 2.5 * seen.names_missing
        - 3.8
    )
