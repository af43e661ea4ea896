"""An exact index without any library, where Qdrant's engine has no wheel: SQLite keeps, memory searches."""

import asyncio
import math
import sqlite3
from array import array
from collections.abc import Collection, Mapping, Sequence
from heapq import nlargest
from operator import mul
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from agenthub.services.intelligence.embeddings.engines.port import (
    Filter,
    Neighbour,
    Point,
    VectorEngine,
    check_dimensions,
)
from agenthub.services.intelligence.embeddings.errors import TooManyPoints

MOST_POINTS = 50_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS points (
    collection TEXT NOT NULL, id TEXT NOT NULL, vector BLOB NOT NULL, payload BLOB NOT NULL,
    PRIMARY KEY (collection, id)
) WITHOUT ROWID
"""


class _Stored(msgspec.Struct, frozen=True):
    """A vector of length 1, in single precision, and its payload."""

    vector: "array[float]"
    payload: Mapping[str, Any]


class ExactEngine(VectorEngine):
    """Compares with every point: some 0.5 s at 50,000 points of 384 dimensions, the most that one collection takes."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._collections: dict[str, dict[str, _Stored]] = {}
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(_SCHEMA)

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        if points:
            await asyncio.to_thread(self._upsert, collection, points)

    async def search(
        self, collection: str, vector: Sequence[float], limit: int, filter_by: Filter | None = None
    ) -> list[Neighbour]:
        return await asyncio.to_thread(self._search, collection, vector, limit, filter_by or {})

    async def delete(self, collection: str, ids: Collection[str]) -> None:
        await asyncio.to_thread(self._delete, collection, ids)

    async def drop(self, collection: str) -> None:
        await asyncio.to_thread(self._drop, collection)

    async def close(self) -> None:
        self._connection.close()

    def _upsert(self, collection: str, points: Sequence[Point]) -> None:
        with self._lock:
            known = self._loaded(collection)
            dimensions = _dimensions(known) or len(points[0].vector)
            check_dimensions(dimensions, [point.vector for point in points])
            total = len(known.keys() | {point.id for point in points})
            if total > MOST_POINTS:
                raise TooManyPoints(
                    f"The collection would hold {total} points; without Qdrant's engine at most {MOST_POINTS} are"
                    " taken. Install qdrant-edge-py or use a Qdrant server."
                )
            stored = {point.id: _Stored(_unit(point.vector), dict(point.payload)) for point in points}
            rows = [
                (collection, point_id, one.vector.tobytes(), msgspec.json.encode(one.payload))
                for point_id, one in stored.items()
            ]
            with self._connection:
                self._connection.execute("BEGIN")
                self._connection.executemany("INSERT OR REPLACE INTO points VALUES (?, ?, ?, ?)", rows)
            known.update(stored)

    def _search(
        self, collection: str, vector: Sequence[float], limit: int, filter_by: Filter
    ) -> list[Neighbour]:
        with self._lock:
            points = list(self._loaded(collection).items())
        if not points:
            return []
        check_dimensions(len(points[0][1].vector), [vector])
        wanted = _unit(vector)
        scored = (
            (sum(map(mul, wanted, one.vector)), point_id, one.payload)
            for point_id, one in points
            if _matches(one.payload, filter_by)
        )
        best = nlargest(limit, scored, key=lambda found: found[0])
        return [Neighbour(point_id, score, payload) for score, point_id, payload in best]

    def _delete(self, collection: str, ids: Collection[str]) -> None:
        with self._lock:
            known = self._loaded(collection)
            with self._connection:
                self._connection.execute("BEGIN")
                self._connection.executemany(
                    "DELETE FROM points WHERE collection = ? AND id = ?", [(collection, one) for one in ids]
                )
            for one in ids:
                known.pop(one, None)

    def _drop(self, collection: str) -> None:
        with self._lock:
            self._connection.execute("DELETE FROM points WHERE collection = ?", [collection])
            self._collections.pop(collection, None)

    def _loaded(self, collection: str) -> dict[str, _Stored]:
        if collection not in self._collections:
            rows = self._connection.execute(
                "SELECT id, vector, payload FROM points WHERE collection = ?", [collection]
            )
            self._collections[collection] = {
                point_id: _Stored(_single(vector), msgspec.json.decode(payload))
                for point_id, vector, payload in rows
            }
        return self._collections[collection]


def _dimensions(points: Mapping[str, _Stored]) -> int | None:
    return next((len(one.vector) for one in points.values()), None)


def _single(data: bytes) -> "array[float]":
    vector = array("f")
    vector.frombytes(data)
    return vector


def _unit(vector: Sequence[float]) -> "array[float]":
    length = math.sqrt(math.fsum(value * value for value in vector)) or 1.0
    return array("f", [value / length for value in vector])


def _matches(payload: Mapping[str, Any], filter_by: Filter) -> bool:
    return all(_equals(payload.get(name), value) for name, value in filter_by.items())


def _equals(given: object, wanted: object) -> bool:
    """Equal in kind as well: Python holds True for 1."""
    if isinstance(given, list):
        return any(_equals(one, wanted) for one in given)
    return type(given) is type(wanted) and given == wanted
