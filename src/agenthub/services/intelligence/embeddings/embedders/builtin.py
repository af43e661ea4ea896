"""The built-in model: feature hashing (Weinberger et al. 2009) of words and their character 4-grams.

Untrained and without download: it finds shared words, endings and spellings, not meaning. Only CRC-32 and
IEEE arithmetic in a fixed order are used, so a text has the same vector on every machine.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from zlib import crc32

from agenthub.kit.words import words
from agenthub.services.intelligence.embeddings.embedders.port import EmbeddingModel, Kind, ModelInfo

DIMENSIONS = 384
GRAM = 4
GRAM_WEIGHT = 1.5
FULL_WEIGHT_LENGTH = 6
# Each doubling of a word's count adds this much: a logarithm that no mathematical library can round otherwise.
REPETITION = 0.7
REMEMBERED_WORDS = 20_000
TEXTS_A_TURN = 64

INFO = ModelInfo(name="builtin", dimensions=DIMENSIONS, max_tokens=1_000_000, price_nanos=0, normalised=True)
Feature = tuple[int, float]


class BuiltinModel(EmbeddingModel):
    """Vectors of length 1; a text without any word gets the first unit vector, so that none is all zeros."""

    def __init__(self) -> None:
        self._features = lru_cache(maxsize=REMEMBERED_WORDS)(_features)

    @property
    def info(self) -> ModelInfo:
        return INFO

    async def embed(self, texts: Sequence[str], kind: Kind) -> list[list[float]]:  # noqa: ARG002  both alike here
        vectors: list[list[float]] = []
        for start in range(0, len(texts), TEXTS_A_TURN):
            some = texts[start : start + TEXTS_A_TURN]
            vectors.extend(await asyncio.to_thread(self._vectors, some))
        return vectors

    def _vectors(self, texts: Sequence[str]) -> list[list[float]]:
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> list[float]:
        vector = [0.0] * DIMENSIONS
        for word, count in Counter(words(text)).items():
            repeated = 1 + REPETITION * (count.bit_length() - 1)
            for position, weight in self._features(word):
                vector[position] += weight * repeated
        length = math.sqrt(math.fsum(value * value for value in vector))
        if not length:
            return [1.0, *vector[1:]]
        return [value / length for value in vector]


def _features(word: str) -> tuple[Feature, ...]:
    """Positions and signed weights of a word; short words are mostly grammar and weigh less."""
    share = min(1.0, len(word) / FULL_WEIGHT_LENGTH)
    importance = share * share
    bordered = f"_{word}_"
    grams = [bordered[start : start + GRAM] for start in range(max(1, len(bordered) - GRAM + 1))]
    each = importance * GRAM_WEIGHT / math.sqrt(len(grams))
    return (_hashed(f"w{word}", importance), *(_hashed(f"g{gram}", each) for gram in grams))


def _hashed(feature: str, weight: float) -> Feature:
    code = crc32(feature.encode())
    return (code >> 1) % DIMENSIONS, weight if code & 1 else -weight
