"""What people and programs ask of embeddings; /v1/embeddings is OpenAI's shape.

Source: OpenAI API reference, Embeddings.
"""

import base64
import struct
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field

from agenthub.kit.app.routes import Router, context
from agenthub.kit.auth.access import needs
from agenthub.kit.errors import Invalid
from agenthub.services.intelligence.embeddings import logic, models
from agenthub.services.intelligence.embeddings.embedders.port import EmbeddingModel
from agenthub.services.intelligence.embeddings.models import Collection

router = Router(tags=["embeddings"])
Ctx = Annotated[logic.Unit, Depends(context)]


class EmbeddingsWanted(BaseModel):
    """One text or several, and how the numbers are to be written."""

    model_config = ConfigDict(extra="forbid")
    input: str | list[str] = Field(description="One text, or at most 2,048 of them.")
    model: str = Field("builtin", description="A model of GET /api/embeddings/models.")
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(
        None, ge=1, description="Must be the model's own number, where it is given."
    )
    user: str | None = Field(None, description="Accepted for compatibility; not used.")


class Embedding(BaseModel):
    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class TokensUsed(BaseModel):
    prompt_tokens: int
    total_tokens: int


class Embeddings(BaseModel):
    object: Literal["list"] = "list"
    data: list[Embedding]
    model: str
    usage: TokensUsed


class ModelShape(BaseModel):
    name: str
    dimensions: int
    max_tokens: int
    price_nanos: int
    normalised: bool


class CollectionShape(BaseModel):
    id: str
    name: str
    model: str
    dimensions: int
    created_at: datetime


@router.post("/v1/embeddings", openapi_extra=needs("knowledge:read"))
async def create_embeddings(ctx: Ctx, body: EmbeddingsWanted) -> Embeddings:
    """Vectors of length 1, in the order of the texts."""
    info = ctx.use(EmbeddingModel).info
    if body.model != info.name:
        raise Invalid(f"there is no model {body.model[:64]}; use {info.name}", fields={"model": "unknown"})
    if body.dimensions not in {None, info.dimensions}:
        raise Invalid(
            f"{info.name} makes {info.dimensions} numbers, not {body.dimensions}",
            fields={"dimensions": f"must be {info.dimensions}"},
        )
    texts = [body.input] if isinstance(body.input, str) else body.input
    vectors = await logic.embed(ctx, texts, "document")
    tokens = logic.count_tokens(texts)
    return Embeddings(
        data=[
            Embedding(index=index, embedding=_packed(vector) if body.encoding_format == "base64" else vector)
            for index, vector in enumerate(vectors)
        ],
        model=info.name,
        usage=TokensUsed(prompt_tokens=tokens, total_tokens=tokens),
    )


@router.get("/api/embeddings/models", openapi_extra=needs("knowledge:read"))
async def list_models(ctx: Ctx) -> list[ModelShape]:
    """The models that can be used."""
    info = ctx.use(EmbeddingModel).info
    return [
        ModelShape(
            name=info.name,
            dimensions=info.dimensions,
            max_tokens=info.max_tokens,
            price_nanos=info.price_nanos,
            normalised=info.normalised,
        )
    ]


@router.get("/api/embeddings/collections", openapi_extra=needs("knowledge:read"))
async def list_collections(ctx: Ctx) -> list[CollectionShape]:
    """The organization's collections."""
    return [
        CollectionShape(
            id=row.id, name=row.name, model=row.model, dimensions=row.dimensions, created_at=row.created_at
        )
        for row in await ctx.db.all(models.COLLECTIONS, Collection)
    ]


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
