"""The shape of what is known about a language."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from agenthub.services.intelligence.llm.providers.builtin.words import form_of

QuestionKind = Literal[
    "contact", "procedure", "person", "time", "quantity", "place", "reason", "definition", "other"
]
SmallTalk = Literal["greeting", "thanks", "farewell", "identity", "person"]


class Language(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    """BCP 47."""
    stemmer: str
    """The Snowball algorithm."""
    function_words: frozenset[str]
    """Words that say nothing of the subject, in comparable form, question words included."""
    irregular: Mapping[str, str]
    """Forms whose stem differs from their base form's."""
    synonyms: tuple[frozenset[str], ...]
    """Groups of words that customers and documents use for one another, in comparable form."""
    question_kinds: tuple[tuple[QuestionKind, re.Pattern[str]], ...]
    """The first that is found decides."""
    asked_noun: re.Pattern[str]
    """Group 1 is the noun after "which": it names the kind of answer, so the answer seldom repeats it."""
    part_border: re.Pattern[str]
    """What joins two questions in one sentence."""
    evidence: Mapping[QuestionKind, re.Pattern[str]]
    """What an answer of a kind is likely to contain."""
    small_talk: tuple[tuple[SmallTalk, re.Pattern[str]], ...]
    """Matched against a whole message without its punctuation, but `person`, which is searched for."""
    replies: Mapping[SmallTalk, str]
    unknown: str
    """Said where the owner gave no fallback."""
    unanswered_part: str
    """Said of one part of a question; `{part}` is replaced."""
    also: str
    """Leads over to a sentence of another passage."""


class Patterns(msgspec.Struct, frozen=True, kw_only=True):
    """A language's regular expressions as they are written down; see Language for what each is for."""

    question_kinds: Mapping[QuestionKind, str]
    asked_noun: str
    part_border: str
    evidence: Mapping[QuestionKind, str]
    small_talk: Mapping[SmallTalk, str]


class Phrases(msgspec.Struct, frozen=True, kw_only=True):
    """What the model says by itself; see Language."""

    replies: Mapping[SmallTalk, str]
    unknown: str
    unanswered_part: str
    also: str


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """A language's words as they are written down, separated by white space; see Language."""

    function_words: str
    irregular: str = ""
    """Pairs of a form and its base form, joined by a colon."""
    synonyms: Sequence[str]
    """One group in each text."""


def compiled(
    code: str, stemmer: str, vocabulary: Vocabulary, patterns: Patterns, phrases: Phrases
) -> Language:
    """A language made ready: words in comparable form, patterns compiled."""
    return Language(
        code=code,
        stemmer=stemmer,
        function_words=_forms(vocabulary.function_words),
        irregular=dict(_pair(text) for text in vocabulary.irregular.split()),
        synonyms=tuple(_forms(group) for group in vocabulary.synonyms),
        question_kinds=tuple((kind, re.compile(sign)) for kind, sign in patterns.question_kinds.items()),
        asked_noun=re.compile(patterns.asked_noun),
        part_border=re.compile(patterns.part_border, re.IGNORECASE),
        evidence={kind: re.compile(sign, re.IGNORECASE) for kind, sign in patterns.evidence.items()},
        small_talk=tuple((kind, re.compile(sign)) for kind, sign in patterns.small_talk.items()),
        replies=phrases.replies,
        unknown=phrases.unknown,
        unanswered_part=phrases.unanswered_part,
        also=phrases.also,
    )


def _forms(text: str) -> frozenset[str]:
    return frozenset(form_of(word) for word in text.split())


def _pair(text: str) -> tuple[str, str]:
    form, _, base = text.partition(":")
    return form_of(form), form_of(base)
