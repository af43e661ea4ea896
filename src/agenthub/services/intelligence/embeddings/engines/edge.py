"""Qdrant's own segment engine in the process (`qdrant-edge-py`), a shard for each collection.

Every call of it holds the interpreter's lock until it returns, so calls must be short. Hence no HNSW graph,
whose building would stop the process for a minute, but a full scan over quantised vectors with the best
eight times `limit` scored again in full: 1.4 ms at 100,000 points of 384 dimensions, recall at 10 of 0.998.
"""

import asyncio
import re
import shutil
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

from qdrant_edge import (
    Distance,
    EdgeConfig,
    EdgeShard,
    EdgeVectorParams,
    FieldCondition,
    Filter as EdgeFilter,
    MatchValue,
    PayloadSchemaType,
    Point as EdgePoint,
    QuantizationSearchParams,
    Query,
    QueryRequest,
    SearchParams,
    TurboQuantQuantizationConfig,
    UpdateOperation,
)

from agenthub.services.intelligence.embeddings.engines.port import (
    Filter,
    Neighbour,
    Point,
    Value,
    VectorEngine,
    check_dimensions,
)

POINTS_A_CALL = 500
OVERSAMPLING = 8.0
FEWEST_RESCORED = 100
# Below this, quantised vectors are too coarse to propose candidates and too small to be worth it.
QUANTISED_FROM = 128
# The engine takes numbers and UUIDs as ids, so ours stand in the payload.
_ID = "_agenthub_id"
# Its Python side turns True into 1 in a condition, which then matches no True: the names of fields stand here.
_TRUTHS = {True: "_agenthub_true", False: "_agenthub_false"}
_DIMENSIONS = "dimensions"
_SHARD = "shard"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
_LOCK_PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8)


class _Slot:
    """A collection's shard while it is open, and how many calls are using it."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0
        self.shard: EdgeShard | None = None
        self.dimensions = 0


class EdgeEngine(VectorEngine):
    """Shards are opened when first asked for; the least recently used are closed beyond `most_open`.

    One process may have the folder open. `keyword_fields` get an index: filtering by another field reads
    the payload of every point.
    """

    def __init__(self, folder: Path, *, most_open: int = 64, keyword_fields: Sequence[str] = ()) -> None:
        self._folder = folder
        self._most_open = most_open
        self._keyword_fields = tuple(keyword_fields)
        self._slots: OrderedDict[str, _Slot] = OrderedDict()

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        if not points:
            return
        async with self._open(collection, dimensions=len(points[0].vector)) as slot:
            assert slot.shard is not None  # noqa: S101  made where it was missing
            check_dimensions(slot.dimensions, [point.vector for point in points])
            for start in range(0, len(points), POINTS_A_CALL):
                await asyncio.to_thread(_upsert, slot.shard, points[start : start + POINTS_A_CALL])

    async def search(
        self, collection: str, vector: Sequence[float], limit: int, filter_by: Filter | None = None
    ) -> list[Neighbour]:
        async with self._open(collection) as slot:
            if slot.shard is None:
                return []
            check_dimensions(slot.dimensions, [vector])
            return await asyncio.to_thread(_search, slot.shard, vector, limit, filter_by or {})

    async def delete(self, collection: str, ids: Collection[str]) -> None:
        async with self._open(collection) as slot:
            if slot.shard is not None and ids:
                await asyncio.to_thread(_delete, slot.shard, ids)

    async def drop(self, collection: str) -> None:
        async with self._open(collection) as slot:
            if slot.shard is not None:
                slot.shard.close()
                slot.shard = None
                await asyncio.to_thread(_remove, self._path(collection))

    async def close(self) -> None:
        """Close every shard; the engine may be used again after."""
        for slot in self._slots.values():
            async with slot.lock:
                _close(slot)
        self._slots.clear()

    @asynccontextmanager
    async def _open(self, collection: str, dimensions: int | None = None) -> AsyncIterator[_Slot]:
        """The collection's slot for this call alone; without a shard if there is none and none is to be made."""
        slot = self._slots.setdefault(collection, _Slot())
        self._slots.move_to_end(collection)
        slot.users += 1
        try:
            async with slot.lock:
                if slot.shard is None:
                    await asyncio.to_thread(self._load, slot, self._path(collection), dimensions)
                yield slot
        finally:
            slot.users -= 1
            self._close_idle()

    def _close_idle(self) -> None:
        for name in [name for name, slot in self._slots.items() if not slot.users]:
            if len(self._slots) <= self._most_open:
                return
            _close(self._slots.pop(name))

    def _load(self, slot: _Slot, path: Path, dimensions: int | None) -> None:
        if not path.exists():
            if dimensions is None:
                return
            self._make(path, dimensions)
        slot.dimensions = int((path / _DIMENSIONS).read_text())
        slot.shard = _opened(path / _SHARD)

    def _make(self, path: Path, dimensions: int) -> None:
        """A new shard beside its place, then moved there whole: a kill leaves either all or nothing of it."""
        unfinished = path.with_name(f".new-{path.name}")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        (unfinished / _DIMENSIONS).write_text(str(dimensions))
        quantised = TurboQuantQuantizationConfig() if dimensions >= QUANTISED_FROM else None
        vectors = EdgeVectorParams(size=dimensions, distance=Distance.Cosine, quantization_config=quantised)
        shard = EdgeShard.create(str(unfinished / _SHARD), EdgeConfig(vectors=vectors))
        for field in self._keyword_fields:
            shard.update(UpdateOperation.create_field_index(field, PayloadSchemaType.Keyword))
        shard.close()
        unfinished.rename(path)

    def _path(self, collection: str) -> Path:
        if _NAME.fullmatch(collection) is None:
            raise ValueError(f"{collection!r} is not the name of a collection")
        return self._folder / collection


def _opened(path: Path) -> EdgeShard:
    """The shard; one that was closed a moment ago still holds its lock until the engine's threads have ended."""
    for pause in _LOCK_PAUSES:
        try:
            return EdgeShard.load(str(path))
        except Exception as problem:
            if "WouldBlock" not in str(problem):
                raise
            time.sleep(pause)
    return EdgeShard.load(str(path))


def _close(slot: _Slot) -> None:
    if slot.shard is not None:
        slot.shard.close()
        slot.shard = None


def _remove(path: Path) -> None:
    """Out of the way first, so that a kill in between leaves no half collection."""
    dropped = path.with_name(f".dropped-{path.name}")
    shutil.rmtree(dropped, ignore_errors=True)
    path.rename(dropped)
    shutil.rmtree(dropped, ignore_errors=True)


def _upsert(shard: EdgeShard, points: Sequence[Point]) -> None:
    made = [EdgePoint(_key(point.id), list(point.vector), _payload(point)) for point in points]
    shard.update(UpdateOperation.upsert_points(made))
    shard.flush()


def _payload(point: Point) -> dict[str, Any]:
    truths = {
        field: [
            name
            for name, value in point.payload.items()
            if any(one is truth for one in (value if isinstance(value, list) else [value]))
        ]
        for truth, field in _TRUTHS.items()
    }
    return {**point.payload, **{field: names for field, names in truths.items() if names}, _ID: point.id}


def _delete(shard: EdgeShard, ids: Collection[str]) -> None:
    shard.update(UpdateOperation.delete_points([_key(one) for one in ids]))
    shard.flush()


def _search(shard: EdgeShard, vector: Sequence[float], limit: int, filter_by: Filter) -> list[Neighbour]:
    conditions = [_condition(name, value) for name, value in filter_by.items()]
    request = QueryRequest(
        limit=limit,
        query=Query.Nearest(list(vector)),
        filter=EdgeFilter(must=list(conditions)) if conditions else None,
        with_payload=True,
        params=SearchParams(
            quantization=QuantizationSearchParams(
                rescore=True, oversampling=max(OVERSAMPLING, FEWEST_RESCORED / limit)
            )
        ),
    )
    return [_neighbour(found.score, dict(found.payload or {})) for found in shard.query(request)]


def _condition(name: str, value: Value) -> FieldCondition:
    if isinstance(value, bool):
        return FieldCondition(_TRUTHS[value], match=MatchValue(name))
    return FieldCondition(_path_of(name), match=MatchValue(value))


def _path_of(name: str) -> str:
    """The field of just this name: unquoted, a dot would lead into an object."""
    return name if name.isidentifier() else f'"{name}"'


def _neighbour(score: float, payload: dict[str, Any]) -> Neighbour:
    point_id = str(payload.pop(_ID))
    for field in _TRUTHS.values():
        payload.pop(field, None)
    return Neighbour(point_id, score, payload)


def _key(point_id: str) -> str:
    """A UUID that stands for the id."""
    digest = blake2b(point_id.encode(), digest_size=16).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"
