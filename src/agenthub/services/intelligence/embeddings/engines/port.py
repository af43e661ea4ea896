"""The port of vector indexes."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from agenthub.services.intelligence.embeddings.errors import DimensionMismatch

Value = str | int | bool
Filter = Mapping[str, Value]


class Point(msgspec.Struct, frozen=True):
    """A vector with its payload: JSON values by field name."""

    id: str
    vector: Sequence[float]
    payload: Mapping[str, Any] = {}


class Neighbour(msgspec.Struct, frozen=True):
    """A found point with its cosine similarity, 1 at most."""

    id: str
    score: float
    payload: Mapping[str, Any]


class VectorEngine(ABC):
    """Points in collections; the first point of a collection fixes the dimension of the others.

    A vector of another dimension is DimensionMismatch, and nothing of that call is stored.
    """

    @abstractmethod
    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        """Store the points, replacing those with known ids; they are on disk when this returns."""

    @abstractmethod
    async def search(
        self, collection: str, vector: Sequence[float], limit: int, filter_by: Filter | None = None
    ) -> list[Neighbour]:
        """The nearest points, best first, whose payload equals every value of the filter.

        A list in the payload matches if it contains the value. An unknown collection is empty.
        """

    @abstractmethod
    async def delete(self, collection: str, ids: Collection[str]) -> None:
        """Remove the points; an unknown id or collection is no error."""

    @abstractmethod
    async def drop(self, collection: str) -> None:
        """Remove the collection; an unknown one is no error."""


def check_dimensions(expected: int, vectors: Sequence[Sequence[float]]) -> None:
    """DimensionMismatch for the first vector that does not fit."""
    for vector in vectors:
        if len(vector) != expected:
            raise DimensionMismatch(expected, len(vector))
