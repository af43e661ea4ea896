"""What is asked: the parts of a question, the kind of answer each wants, and the words that carry it."""

import re

import msgspec

from agenthub.services.intelligence.llm.providers.builtin.languages.language import Language, QuestionKind
from agenthub.services.intelligence.llm.providers.builtin.words import Word, form_of, words

_MAX_TERMS = 40
_ASKED_NOUN_WEIGHT = 0.35
_NAME_WEIGHT = 1.5
_EARLIER_WEIGHT = 0.4
_FEW_TERMS = 2
_QUESTION_END = re.compile(r"[?\uff1f।]+\s*")


class Term(msgspec.Struct, frozen=True):
    """A word of the question that an answer is looked for with."""

    form: str
    weight: float
    """How much it says, before its rarity is known."""
    synonyms: frozenset[str]
    name: bool
    """If it is a number or is written like a name."""


class Part(msgspec.Struct, frozen=True):
    text: str
    kind: QuestionKind
    terms: tuple[Term, ...]


def parts_of(question: str, earlier: str, language: Language) -> list[Part]:
    """One part for each thing asked; words of the question before help where a part has hardly any."""
    parts = []
    for text in _split(question, language):
        terms = _terms(text, language, 1.0)
        if len(terms) < _FEW_TERMS and earlier:
            known = {term.form for term in terms}
            terms += [term for term in _terms(earlier, language, _EARLIER_WEIGHT) if term.form not in known]
        if terms:
            parts.append(Part(text, _kind(text, language), tuple(terms[:_MAX_TERMS])))
    return parts


def _split(question: str, language: Language) -> list[str]:
    asked = [piece.strip() for piece in _QUESTION_END.split(question)]
    pieces = [piece.strip() for text in asked for piece in language.part_border.split(text)]
    return [piece for piece in pieces if piece]


def _kind(text: str, language: Language) -> QuestionKind:
    lowered = text.casefold()
    return next((kind for kind, sign in language.question_kinds if sign.search(lowered)), "other")


def _terms(text: str, language: Language, weight: float) -> list[Term]:
    asked = {form_of(noun) for noun in language.asked_noun.findall(text.casefold())}
    said = words(text)
    bearing = [word for word in said if word.form not in language.function_words]
    terms: dict[str, Term] = {}
    for word in bearing or said:
        name = _is_name(word)
        factor = _ASKED_NOUN_WEIGHT if word.form in asked else _NAME_WEIGHT if name else 1.0
        if word.form not in terms:
            terms[word.form] = Term(word.form, weight * factor, _synonyms(word.form, language), name)
    return list(terms.values())


def _is_name(word: Word) -> bool:
    return word.text[0].isdigit() or (word.start > 0 and word.text[0].isupper())


def _synonyms(form: str, language: Language) -> frozenset[str]:
    return frozenset().union(*(group for group in language.synonyms if form in group)) - {form}
