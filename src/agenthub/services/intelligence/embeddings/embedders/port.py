"""The port of embedding models."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal

import msgspec

Kind = Literal["query", "document"]


class ModelInfo(msgspec.Struct, frozen=True):
    """What a caller must know of a model; prices in nanos of a dollar per million tokens."""

    name: str
    dimensions: int
    max_tokens: int
    price_nanos: int
    normalised: bool


class EmbeddingModel(ABC):
    """Turns texts into vectors; prefixes that a model wants for queries or documents are added inside."""

    @property
    @abstractmethod
    def info(self) -> ModelInfo: ...

    @abstractmethod
    async def embed(self, texts: Sequence[str], kind: Kind) -> list[list[float]]:
        """A vector for each text, in order."""
