"""The port of text analysis."""

from abc import ABC, abstractmethod


class Analyzer(ABC):
    """Turns text into terms, deterministically and without I/O."""

    @abstractmethod
    def terms(self, text: str, language: str | None = None) -> list[str]:
        """Terms in reading order, with repetitions; the language is an ISO 639-1 code, guessed when absent.

        A term holds letters, marks, numbers and `_` only, so terms may be joined by spaces.
        """
