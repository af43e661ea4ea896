"""Vectors of texts, kept in collections that belong to one organization each."""

import time
from collections.abc import Sequence
from typing import Any

from agenthub.contracts.embeddings import (
    EmbeddingFinished,
    FoundPoint,
    RemovePoints,
    SearchPoints,
    StoredPoints,
    StorePoints,
)
from agenthub.kit.context import Context
from agenthub.kit.errors import Invalid
from agenthub.services.intelligence.embeddings import models
from agenthub.services.intelligence.embeddings.embedders.port import EmbeddingModel, Kind
from agenthub.services.intelligence.embeddings.engines.port import Point, VectorEngine
from agenthub.services.intelligence.embeddings.models import Collection
from agenthub.services.intelligence.embeddings.settings import EmbeddingsSettings

Unit = Context[EmbeddingsSettings]


async def embed(ctx: Unit, texts: Sequence[str], kind: Kind) -> list[list[float]]:
    """A vector for each text; Invalid by position for one that has none."""
    if len(texts) > ctx.settings.most_texts:
        raise Invalid(f"at most {ctx.settings.most_texts} texts a request; {len(texts)} were sent")
    for position, text in enumerate(texts):
        if not text.strip():
            raise Invalid(f"text {position} is empty", fields={f"input.{position}": "empty"})
    model = ctx.use(EmbeddingModel)
    began = time.perf_counter()
    vectors = await model.embed(texts, kind)
    ctx.publish(
        EmbeddingFinished(
            model=model.info.name,
            items=len(texts),
            tokens=count_tokens(texts),
            cached=0,
            cost_nanos=0,
            ms=int((time.perf_counter() - began) * 1000),
        )
    )
    return vectors


async def store(ctx: Unit, asked: StorePoints) -> StoredPoints:
    """Keep the points; the collection is made when it is not there."""
    model = ctx.use(EmbeddingModel).info
    vectors = await embed(ctx, [point.text for point in asked.points], "document")
    collection = await _found_or_made(ctx, asked.collection)
    points = [
        Point(point.id, vector, point.payload) for point, vector in zip(asked.points, vectors, strict=True)
    ]
    await ctx.use(VectorEngine).upsert(collection.id, points)
    return StoredPoints(model=model.name, count=len(points))


async def search(ctx: Unit, asked: SearchPoints) -> list[FoundPoint]:
    """The nearest points of the collection; none where there is no collection."""
    collection = await ctx.db.one(models.COLLECTION, Collection, name=asked.collection)
    if collection is None or not asked.text.strip():
        return []
    (vector,) = await ctx.use(EmbeddingModel).embed([asked.text], "query")
    found = await ctx.use(VectorEngine).search(collection.id, vector, asked.limit, asked.equals)
    return [FoundPoint(id=one.id, score=one.score, payload=one.payload) for one in found]


async def remove(ctx: Unit, asked: RemovePoints) -> StoredPoints:
    """Forget points, or the collection as a whole."""
    model = ctx.use(EmbeddingModel).info.name
    collection = await ctx.db.one(models.COLLECTION, Collection, name=asked.collection)
    if collection is None:
        return StoredPoints(model=model, count=0)
    if asked.ids is not None:
        await ctx.use(VectorEngine).delete(collection.id, asked.ids)
        return StoredPoints(model=model, count=len(asked.ids))
    await ctx.use(VectorEngine).drop(collection.id)
    await ctx.db.execute(models.FORGET, collection_id=collection.id)
    return StoredPoints(model=model, count=0)


def count_tokens(texts: Sequence[str]) -> int:
    """Words and a third, as is usual where a model has no tokenizer of its own."""
    return sum(-(-len(text.split()) * 4 // 3) for text in texts)


async def _found_or_made(ctx: Unit, name: str) -> Collection:
    model = ctx.use(EmbeddingModel).info
    known = await ctx.db.one(models.COLLECTION, Collection, name=name)
    if known is not None:
        return known
    async with ctx.fresh() as unit:
        row: dict[str, Any] = {
            "id": unit.new_id("col"),
            "name": name,
            "model": model.name,
            "dimensions": model.dimensions,
            "created_at": unit.now(),
        }
        await unit.db.execute(models.MAKE, **row)
    made = await ctx.db.one(models.COLLECTION, Collection, name=name)
    if made is None:
        raise Invalid(f"the collection {name} was removed at this moment; try again")
    return made
