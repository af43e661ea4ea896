"""Words of any script, and how alike two of them are."""

import re
import unicodedata
from collections.abc import Mapping

import msgspec
import snowballstemmer

# Letters and digits, and the marks that Python's \w leaves out: Indic vowel signs (not the danda), Arabic, Thai.
_LETTER = r"[^\W_\u0964\u0965]|[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0981-\u0dff\u0e31-\u0e4e\u200c\u200d]"
_WORD = re.compile(rf"\d+(?:[.,:/]\d+)+|(?:{_LETTER})+(?:['\u2019](?:{_LETTER})+)*")
_POSSESSIVE = re.compile(r"['\u2019]s?$")
_DEVANAGARI = re.compile(r"[\u0900-\u097f]")
_FOLDED = str.maketrans({"\u093c": "", "\u0901": "\u0902", "\u200c": "", "\u200d": ""})
_SAME_STEM = 0.95
_ALIKE = 0.55


class Word(msgspec.Struct, frozen=True):
    """A word as it stands in a text, from `start` to `end` in code points."""

    start: int
    end: int
    text: str
    form: str
    """Without case, accents and possessive."""


def words(text: str) -> list[Word]:
    return [Word(hit.start(), hit.end(), hit.group(), form_of(hit.group())) for hit in _WORD.finditer(text)]


def form_of(word: str) -> str:
    """The comparable form: no case, no accents, plain digits, one spelling of nasal signs; the US is not us."""
    if word == "US":
        return "usa"
    plain = _POSSESSIVE.sub("", word.casefold())
    if plain.isascii():
        return plain
    if _DEVANAGARI.search(plain):
        plain = unicodedata.normalize("NFD", plain).translate(_FOLDED)
        return "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in plain)
    return "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))


class Lexicon:
    """Stems of one language, remembered as long as the lexicon lives; not for use by two threads at once."""

    def __init__(self, algorithm: str, irregular: Mapping[str, str]) -> None:
        self._stemmer = snowballstemmer.stemmer(algorithm) if algorithm else None
        self._devanagari = snowballstemmer.stemmer("hindi")
        self._irregular = irregular
        self._stems: dict[str, str] = {}

    def stem(self, form: str) -> str:
        known = self._stems.get(form)
        if known is None:
            known = self._stems[form] = self._stem_of(self._irregular.get(form, form))
        return known

    def likeness(self, one: str, other: str) -> float:
        """1 for the same form, a little less for the same stem, down to 0 for nothing in common."""
        if one == other:
            return 1.0
        if one[:1].isdigit() or other[:1].isdigit():
            return 0.0
        if self.stem(one) == self.stem(other):
            return _SAME_STEM
        shared = _trigram_overlap(one, other)
        return shared if shared >= _ALIKE else 0.0

    def _stem_of(self, form: str) -> str:
        stemmer = self._devanagari if _DEVANAGARI.match(form) else self._stemmer
        return str(stemmer.stemWord(form)) if stemmer else form


def _trigram_overlap(one: str, other: str) -> float:
    """Dice's coefficient over the groups of three characters, word borders marked."""
    first, second = _trigrams(one), _trigrams(other)
    return 2 * len(first & second) / (len(first) + len(second))


def _trigrams(form: str) -> set[str]:
    padded = f"^{form}$"
    return {padded[at : at + 3] for at in range(len(padded) - 2)} or {padded}
