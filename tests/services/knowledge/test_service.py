"""Documents are read, found, shown with their page, failed with a reason, and gone when deleted."""

from typing import Any

import msgspec

from agenthub.contracts.knowledge import DocumentDeleted, DocumentFailed, DocumentIndexed
from agenthub.kit.auth.principal import Principal, service_principal
from agenthub.kit.testing import Running
from agenthub.services.intelligence.knowledge.service import service
from tests.documents import lines, pdf
from tests.doors import Start

OWNER = Principal(
    kind="user",
    id="usr_1",
    organization_id="org_a",
    permissions=frozenset({"knowledge:read", "knowledge:edit"}),
)
STRANGER = msgspec.structs.replace(OWNER, organization_id="org_b")
RETURNS = "# Returns\n\nYou may return boots within 30 days.\n\n# Shipping\n\nParcels leave at noon."


class StandInFiles:
    """Holds the files that the test puts there."""

    def __init__(self, **files: tuple[str, bytes]) -> None:
        self.files = files

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/internal/files/facts":
            file_id = msgspec.json.decode((await receive())["body"])["file_id"]
            if file_id not in self.files:
                await _answer(send, 404, b'{"detail": "there is no such file", "code": "not_found"}')
                return
            media_type, content = self.files[file_id]
            facts = {
                "id": file_id,
                "name": f"{file_id}.x",
                "purpose": "knowledge",
                "media_type": media_type,
                "size": len(content),
                "sha256": f"{hash(content):x}",
            }
            await _answer(send, 200, msgspec.json.encode(facts))
            return
        await _answer(send, 200, self.files[scope["path"].split("/")[3]][1])


class StandInEmbeddings:
    """Stores nothing and finds nothing, but remembers what it was asked; or is down."""

    def __init__(self, *, down: bool = False) -> None:
        self.down = down
        self.removed: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = msgspec.json.decode((await receive())["body"])
        if self.down:
            await _answer(send, 503, b'{"detail": "down", "code": "unavailable"}')
        elif scope["path"].endswith("/search"):
            await _answer(send, 200, b"[]")
        else:
            self.removed += body.get("ids") or []
            await _answer(send, 200, b'{"model": "builtin", "count": 1}')


async def _answer(send: Any, status: int, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"retry-after", b"0.01")]})
    await send({"type": "http.response.body", "body": body})


def others(**files: tuple[str, bytes]) -> dict[str, Any]:
    return {"files": StandInFiles(**files), "embeddings": StandInEmbeddings()}


async def make_base(running: Running, name: str = "Shop") -> str:
    answer = await running.request("POST", "/api/knowledge", by=OWNER, json={"name": name})
    assert answer.status == 201
    return str(answer.json()["id"])


async def add(running: Running, base: str, **body: Any) -> dict[str, Any]:
    answer = await running.request("POST", f"/api/knowledge/{base}/documents", by=OWNER, json=body)
    assert answer.status in {200, 201}, answer.text
    await running.settled()
    path = f"/api/knowledge/{base}/documents/{answer.json()['id']}"
    document: dict[str, Any] = (await running.request("GET", path, by=OWNER)).json()
    return {**document, "status": answer.status}


async def search(running: Running, base: str, question: str, by: Principal = OWNER) -> Any:
    return await running.request("POST", f"/api/knowledge/{base}/search", by=by, json={"question": question})


async def test_a_text_is_indexed_and_found_with_its_section(start: Start) -> None:
    async with start(service, others=others()) as running:
        base = await make_base(running)
        document = await add(running, base, title="Terms", text=RETURNS)
        assert (document["state"], document["version"]) == ("indexed", 1)
        (passage, *_) = (await search(running, base, "How long may I return boots?")).json()
        assert "within 30 days" in passage["text"]
        assert passage["score"] == 1.0
        indexed = [event for event in running.published if isinstance(event, DocumentIndexed)]
        assert [event.document_id for event in indexed] == [document["id"]]


async def test_a_pdf_is_found_on_its_page(start: Start) -> None:
    pages = [lines(f"Chapter {number} tells of item{number} only.") for number in range(1, 41)]
    files = {"file_1": ("application/pdf", pdf(pages))}
    async with start(service, others=others(**files)) as running:
        base = await make_base(running)
        document = await add(running, base, file_id="file_1")
        assert document["state"] == "indexed", document["reason"]
        question = {"knowledge_base_ids": [base], "question": "item37", "limit": 1}
        by = service_principal("agents", "org_a")
        (found,) = (await running.request("POST", "/internal/knowledge/search", by=by, json=question)).json()
        position = found["text"].index("item37")
        page = [page for offset, page in found["pages"] if offset <= position][-1]
        assert page == 37


async def test_the_same_content_is_indexed_once_and_said_so(start: Start) -> None:
    async with start(service, others=others()) as running:
        base = await make_base(running)
        first = await add(running, base, title="Terms", text=RETURNS)
        second = await add(running, base, title="Terms", text=RETURNS)
        assert (first["status"], second["status"]) == (201, 200)
        assert first["id"] == second["id"]
        assert second["version"] == 1


async def test_a_document_that_cannot_be_read_fails_with_a_sentence_and_others_go_on(start: Start) -> None:
    files = {"file_bad": ("application/pdf", b"%PDF-1.4 broken"), "file_odd": ("video/mp4", b"xxxx")}
    async with start(service, others=others(**files)) as running:
        base = await make_base(running)
        bad = await add(running, base, file_id="file_bad")
        odd = await add(running, base, file_id="file_odd")
        good = await add(running, base, title="Terms", text=RETURNS)
        assert [document["state"] for document in (bad, odd, good)] == ["failed", "failed", "indexed"]
        assert "video/mp4" in odd["reason"]
        failed = [event for event in running.published if isinstance(event, DocumentFailed)]
        assert [event.document_id for event in failed] == [bad["id"], odd["id"]]


async def test_a_new_version_takes_the_place_of_the_former(start: Start) -> None:
    doors = others()
    async with start(service, others=doors) as running:
        base = await make_base(running)
        document = await add(running, base, title="Terms", text=RETURNS)
        path = f"/api/knowledge/{base}/documents/{document['id']}"
        assert (await running.request("POST", f"{path}/reindex", by=OWNER)).status == 202
        await running.settled()
        assert (await running.request("GET", path, by=OWNER)).json()["version"] == 2
        found = (await search(running, base, "boots")).json()
        assert {passage["version"] for passage in found} == {2}
        assert doors["embeddings"].removed


async def test_deleting_a_document_leaves_nothing_to_find(start: Start) -> None:
    files = {"file_1": ("text/markdown", RETURNS.encode())}
    async with start(service, others=others(**files)) as running:
        base = await make_base(running)
        document = await add(running, base, file_id="file_1")
        path = f"/api/knowledge/{base}/documents/{document['id']}"
        assert (await running.request("DELETE", path, by=OWNER)).status == 204
        await running.settled()
        assert (await search(running, base, "boots")).json() == []
        (deleted,) = [event for event in running.published if isinstance(event, DocumentDeleted)]
        assert deleted.file_ids == ("file_1",)


async def test_search_goes_on_by_words_while_embeddings_are_down(start: Start) -> None:
    doors = others()
    async with start(service, others=doors) as running:
        base = await make_base(running)
        await add(running, base, title="Terms", text=RETURNS)
        doors["embeddings"].down = True
        assert (await search(running, base, "boots")).json() != []


async def test_another_organization_sees_no_base_no_document_and_no_passage(start: Start) -> None:
    async with start(service, others=others()) as running:
        base = await make_base(running)
        document = await add(running, base, title="Terms", text=RETURNS)
        for method, path in (
            ("GET", f"/api/knowledge/{base}"),
            ("DELETE", f"/api/knowledge/{base}"),
            ("GET", f"/api/knowledge/{base}/documents"),
            ("GET", f"/api/knowledge/{base}/documents/{document['id']}"),
            ("DELETE", f"/api/knowledge/{base}/documents/{document['id']}"),
            ("GET", f"/api/knowledge/{base}/documents/{document['id']}/chunks"),
        ):
            assert (await running.request(method, path, by=STRANGER)).status == 404, path
        assert (await search(running, base, "boots", by=STRANGER)).status == 404
        assert (await running.request("GET", "/api/knowledge", by=STRANGER)).json()["items"] == []
        assert (await search(running, base, "boots")).json() != []


async def test_a_name_is_taken_once_and_a_bad_body_names_its_fields(start: Start) -> None:
    async with start(service, others=others()) as running:
        base = await make_base(running)
        again = await running.request("POST", "/api/knowledge", by=OWNER, json={"name": "Shop"})
        assert (again.status, again.json()["code"]) == (409, "name_taken")
        path = f"/api/knowledge/{base}/documents"
        both = await running.request("POST", path, by=OWNER, json={"file_id": "f", "text": "x", "title": "t"})
        assert both.status == 422
        missing = await running.request("POST", path, by=OWNER, json={"file_id": "file_none"})
        assert missing.status == 404
