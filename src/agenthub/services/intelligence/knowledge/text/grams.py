"""Character 4-grams inside word borders: they forgive typing errors, endings and compounds in any language."""

from functools import lru_cache
from itertools import chain

from agenthub.kit.words import words
from agenthub.services.intelligence.knowledge.text.analyzer import Analyzer

SIZE = 4
BORDER = "_"
REMEMBERED_WORDS = 50_000


class GramAnalyzer(Analyzer):
    """Every run of four characters of a word that is written between two borders: `_card_` gives 3."""

    def __init__(self) -> None:
        self._grams = lru_cache(maxsize=REMEMBERED_WORDS)(_grams)

    def terms(self, text: str, language: str | None = None) -> list[str]:  # noqa: ARG002  alike in every language
        return list(chain.from_iterable(map(self._grams, words(text))))


def _grams(word: str) -> tuple[str, ...]:
    bordered = f"{BORDER}{word}{BORDER}"
    return tuple(bordered[start : start + SIZE] for start in range(max(1, len(bordered) - SIZE + 1)))
