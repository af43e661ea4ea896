"""Words reduced to their stems by the Snowball algorithms (snowballstem.org), where one exists for the language."""

from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from types import MappingProxyType

from agenthub.kit.words import words
from agenthub.services.intelligence.knowledge.text.analyzer import Analyzer
from agenthub.services.intelligence.knowledge.text.languages import guess_language

REMEMBERED_WORDS = 50_000

ALGORITHMS = MappingProxyType(
    {
        "ar": "arabic",
        "ca": "catalan",
        "da": "danish",
        "de": "german",
        "el": "greek",
        "en": "english",
        "es": "spanish",
        "et": "estonian",
        "eu": "basque",
        "fi": "finnish",
        "fr": "french",
        "ga": "irish",
        "hi": "hindi",
        "hu": "hungarian",
        "hy": "armenian",
        "id": "indonesian",
        "it": "italian",
        "lt": "lithuanian",
        "ne": "nepali",
        "nl": "dutch",
        "no": "norwegian",
        "pt": "portuguese",
        "ro": "romanian",
        "ru": "russian",
        "sr": "serbian",
        "sv": "swedish",
        "ta": "tamil",
        "tr": "turkish",
        "yi": "yiddish",
    }
)


class StemAnalyzer(Analyzer):
    """Stems of words, each remembered, since a pure Python stemmer takes some 20 µs a word."""

    def __init__(self) -> None:
        self._stemmers: dict[str, Callable[[str], str]] = {}
        self._lock = Lock()

    def terms(self, text: str, language: str | None = None) -> list[str]:
        code = (language or guess_language(text)).partition("-")[0].lower()
        if code not in ALGORITHMS:
            return words(text)
        return list(map(self._stemmer(code), words(text)))

    def _stemmer(self, code: str) -> Callable[[str], str]:
        with self._lock:
            if code not in self._stemmers:
                self._stemmers[code] = _remembering(ALGORITHMS[code])
            return self._stemmers[code]


def _remembering(algorithm: str) -> Callable[[str], str]:
    # It imports all of its languages, a tenth of a second that no start needs.
    import snowballstemmer

    stemmer = snowballstemmer.stemmer(algorithm)
    one_at_a_time = Lock()

    @lru_cache(maxsize=REMEMBERED_WORDS)
    def stem(word: str) -> str:
        # A Snowball stemmer keeps the word it works on in itself.
        with one_at_a_time:
            return str(stemmer.stemWord(word)) or word

    return stem
