"""The port of lexical search: two BM25 scores for every passage that shares words with the query."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence

import msgspec


class Entry(msgspec.Struct, frozen=True):
    """A passage to be found; the language is an ISO 639-1 code, guessed when absent."""

    chunk_id: str
    text: str
    language: str | None = None


class LexicalScore(msgspec.Struct, frozen=True):
    """BM25 over stems and over character 4-grams; 0 where nothing is shared."""

    chunk_id: str
    stems: float
    grams: float


class LexicalIndex(ABC):
    """Each knowledge base is counted by itself: one base's words never move another's scores."""

    @abstractmethod
    async def add(self, base_id: str, entries: Sequence[Entry]) -> None:
        """Make the passages findable; a passage with a known id replaces the former one."""

    @abstractmethod
    async def remove(self, base_id: str, chunk_ids: Collection[str]) -> None:
        """Forget the passages; an unknown id is no error."""

    @abstractmethod
    async def scores(
        self, base_id: str, query: str, language: str | None, limit: int, among: Collection[str] | None = None
    ) -> list[LexicalScore]:
        """The best `limit` of each arm together, in no order, each with both scores.

        With `among`, only those passages are candidates. Up to `STRICT_PASSAGES` of them, they are also
        the only ones counted, so that a hidden passage moves no score; beyond it the base's counts serve.
        """

    @abstractmethod
    async def drop(self, base_id: str) -> None:
        """Forget the whole base; an unknown one is no error."""
