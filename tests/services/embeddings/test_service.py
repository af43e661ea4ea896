"""Texts become vectors that belong to one organization and are found again."""

import base64
import struct

import msgspec

from agenthub.contracts.embeddings import EmbeddingFinished
from agenthub.contracts.knowledge import KnowledgeBaseDeleted
from agenthub.kit.auth.principal import Principal, service_principal
from agenthub.kit.testing import Answer, Running
from agenthub.services.intelligence.embeddings.service import service
from tests.doors import Start

A = service_principal("knowledge", "org_a")
B = service_principal("knowledge", "org_b")
READER = Principal(
    kind="user", id="usr_1", organization_id="org_a", permissions=frozenset({"knowledge:read"})
)
POINTS = [
    {"id": "p1", "text": "returns are free within thirty days", "payload": {"document_id": "d1"}},
    {"id": "p2", "text": "the shop opens at nine in the morning", "payload": {"document_id": "d2"}},
]


async def store(running: Running, by: Principal = A, collection: str = "kb_1") -> Answer:
    body = {"collection": collection, "points": POINTS}
    return await running.request("POST", "/internal/embeddings/store", by=by, json=body)


async def search(running: Running, by: Principal, text: str, **more: object) -> list[str]:
    body = {"collection": "kb_1", "text": text, "limit": 5, **more}
    answer = await running.request("POST", "/internal/embeddings/search", by=by, json=body)
    return [point["id"] for point in answer.json()]


async def test_what_is_stored_is_found_by_its_meaningful_words(start: Start) -> None:
    async with start(service) as running:
        assert (await store(running)).json() == {"model": "builtin", "count": 2}
        assert (await search(running, A, "when does the shop open"))[0] == "p2"
        assert await search(running, A, "shop", equals={"document_id": "d1"}) == ["p1"]


async def test_an_organization_never_sees_the_collection_of_another_with_the_same_name(start: Start) -> None:
    async with start(service) as running:
        await store(running)
        assert await search(running, B, "shop") == []
        body = {"collection": "kb_1"}
        assert (await running.request("POST", "/internal/embeddings/remove", by=B, json=body)).json()[
            "count"
        ] == 0
        assert await search(running, A, "shop") != []


async def test_vectors_survive_a_restart_and_go_with_their_knowledge_base(start: Start) -> None:
    async with start(service) as running:
        await store(running)
    async with start(service) as running:
        assert (await search(running, A, "returns"))[0] == "p1"
        await running.hear(KnowledgeBaseDeleted(organization_id="org_a", knowledge_base_id="kb_1"))
        assert await search(running, A, "returns") == []


async def test_floats_and_base64_agree_and_have_length_one(start: Start) -> None:
    async with start(service) as running:
        plain = await running.request(
            "POST", "/v1/embeddings", by=READER, json={"input": "hello", "model": "builtin"}
        )
        packed = await running.request(
            "POST",
            "/v1/embeddings",
            by=READER,
            json={"input": ["hello"], "model": "builtin", "encoding_format": "base64"},
        )
        numbers = plain.json()["data"][0]["embedding"]
        unpacked = struct.unpack("<384f", base64.b64decode(packed.json()["data"][0]["embedding"]))
        assert len(numbers) == 384
        assert abs(sum(number * number for number in numbers) - 1) < 1e-9
        assert max(abs(one - other) for one, other in zip(numbers, unpacked, strict=True)) < 1e-6
        await running.settled()
        assert [type(event) for event in running.published] == [EmbeddingFinished] * 2


async def test_an_empty_text_and_an_unknown_model_are_refused_by_name(start: Start) -> None:
    async with start(service) as running:
        empty = await running.request("POST", "/v1/embeddings", by=READER, json={"input": ["a", " "]})
        assert (empty.status, empty.json()["fields"]) == (422, {"input.1": "empty"})
        unknown = await running.request(
            "POST", "/v1/embeddings", by=READER, json={"input": "a", "model": "x"}
        )
        assert unknown.json()["fields"] == {"model": "unknown"}
        nobody = msgspec.structs.replace(READER, permissions=frozenset())
        assert (await running.request("POST", "/v1/embeddings", by=nobody, json={"input": "a"})).status == 403
