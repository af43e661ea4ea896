"""The built-in model needs no download and gives every machine the same vectors."""

import math

import pytest

from agenthub.services.intelligence.embeddings.embedders.builtin import BuiltinModel

# Computed once; a change would make every stored vector worthless.
KNOWN = [(153, -0.360095), (163, 0.305022), (135, -0.30419), (13, 0.270072), (195, 0.270072)]


@pytest.fixture
def model() -> BuiltinModel:
    return BuiltinModel()


def similarity(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_vectors_have_384_numbers_and_length_one(model: BuiltinModel) -> None:
    texts = ["The return policy", "जूते वापस करना", "退货政策", "a", "", "?!", "x" * 100_000]
    vectors = await model.embed(texts, "document")
    assert [len(vector) for vector in vectors] == [model.info.dimensions] * len(texts)
    assert [math.dist(vector, [0.0] * 384) for vector in vectors] == pytest.approx([1.0] * len(texts))


async def test_the_vector_of_a_text_never_changes(model: BuiltinModel) -> None:
    (vector,) = await model.embed(["Refunds take three days. Three days!"], "query")
    largest = sorted(range(384), key=lambda place: -abs(vector[place]))[:5]
    assert [(place, round(vector[place], 6)) for place in largest] == KNOWN


async def test_a_text_is_nearest_to_one_with_its_words_in_other_forms(model: BuiltinModel) -> None:
    question, near, far = await model.embed(
        ["How are payments refunded?", "Refunding a payment", "Opening hours of the shop"], "document"
    )
    assert similarity(question, near) > 0.3 > similarity(question, far)


async def test_repetition_counts_less_and_less(model: BuiltinModel) -> None:
    once, often = await model.embed(["coffee and milk", "coffee coffee coffee coffee and milk"], "document")
    assert similarity(once, often) > 0.8


async def test_nothing_gives_nothing(model: BuiltinModel) -> None:
    assert await model.embed([], "query") == []
