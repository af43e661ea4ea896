"""The settings of embeddings."""

from typing import Literal

from pydantic import BaseModel, Field


class EmbeddingsSettings(BaseModel):
    """Which engine keeps the vectors, and how much one request may bring."""

    engine: Literal["edge", "exact"] = Field(
        "edge", description="edge: Qdrant's segment engine in the process; exact: every vector compared."
    )
    most_open_collections: int = Field(64, ge=1, le=4096, description="Collections kept open at once.")
    most_texts: int = Field(2048, ge=1, le=10_000, description="Texts that one request may bring.")
