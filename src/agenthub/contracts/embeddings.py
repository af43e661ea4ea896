"""What embeddings says: vectors, collections of them, and the nearest ones."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import msgspec

from agenthub.kit.calls.door import Door
from agenthub.kit.events import Event


class EmbeddingFinished(Event, topic="embeddings.embedding_finished"):
    """Texts have become vectors; published once per request or batch. `cost_nanos`: 10⁻⁹ of the currency."""

    model: str
    items: int
    tokens: int
    cached: int
    cost_nanos: int
    ms: int


class PointToStore(msgspec.Struct, frozen=True, kw_only=True):
    """A text to find again by meaning; `payload` holds what searches filter by."""

    id: str
    text: str
    payload: Mapping[str, Any] = {}


class StorePoints(msgspec.Struct, frozen=True, kw_only=True):
    collection: str
    points: Sequence[PointToStore]


class SearchPoints(msgspec.Struct, frozen=True, kw_only=True):
    collection: str
    text: str
    limit: int
    equals: Mapping[str, Any] = {}


class RemovePoints(msgspec.Struct, frozen=True, kw_only=True):
    """Without `ids` the whole collection goes."""

    collection: str
    ids: Sequence[str] | None = None


class FoundPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A point and its cosine similarity to what was asked for, -1 to 1."""

    id: str
    score: float
    payload: Mapping[str, Any] = {}


class StoredPoints(msgspec.Struct, frozen=True, kw_only=True):
    model: str
    count: int


class EmbeddingsClient:
    """The door to embeddings; a collection is made by its first point and is the organization's own."""

    service: ClassVar[str] = "embeddings"

    def __init__(self, door: Door) -> None:
        self._door = door

    async def store(self, collection: str, points: Sequence[PointToStore]) -> StoredPoints:
        """Durable when it returns; a point with the same id is replaced."""
        body = StorePoints(collection=collection, points=points)
        return await self._door.post("/internal/embeddings/store", body, StoredPoints, timeout_seconds=120)

    async def search(
        self, collection: str, text: str, limit: int, equals: Mapping[str, Any] | None = None
    ) -> list[FoundPoint]:
        """The nearest points, best first; empty for a collection that does not exist."""
        body = SearchPoints(collection=collection, text=text, limit=limit, equals=equals or {})
        return await self._door.post("/internal/embeddings/search", body, list[FoundPoint])

    async def remove(self, collection: str, ids: Sequence[str] | None = None) -> StoredPoints:
        """Forget these points, or the whole collection."""
        body = RemovePoints(collection=collection, ids=ids)
        return await self._door.post("/internal/embeddings/remove", body, StoredPoints)
