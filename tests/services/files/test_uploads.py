"""Files come in by both doors, are judged, and leave nothing behind when they are refused."""

import asyncio
import hashlib
from pathlib import Path

import psutil
import pytest

from agenthub.contracts.files import FileDeleted, FileUploaded
from agenthub.contracts.knowledge import DocumentDeleted
from agenthub.kit.auth.principal import Principal, service_principal
from agenthub.kit.clock import FrozenClock
from agenthub.services.intelligence.files.models import FileRow, files
from agenthub.services.intelligence.files.service import service
from tests.doors import Start
from tests.services.files.doors import OWNER, STRANGER, chunks_of, form, kept, owner_of, streamed, upload

TEXT = b"The shop opens at nine."
SERVICE = service_principal("knowledge", "org_a")


async def test_a_file_comes_back_as_it_was_sent(start: Start) -> None:
    async with start(service) as door:
        made = await upload(door, TEXT, "hours.md", "knowledge", content_type="text/markdown")
        assert made.status == 201, made.text
        shape = made.json()
        assert (shape["name"], shape["media_type"], shape["size"]) == ("hours.md", "text/markdown", len(TEXT))
        assert shape["sha256"] == hashlib.sha256(TEXT).hexdigest()
        facts = await door.request("POST", "/internal/files/facts", by=SERVICE, json={"file_id": shape["id"]})
        assert facts.json() == {
            "id": shape["id"],
            "name": "hours.md",
            "purpose": "knowledge",
            "media_type": "text/markdown",
            "size": len(TEXT),
            "sha256": shape["sha256"],
        }
        for caller in (OWNER, SERVICE):
            content = await door.request("GET", f"/api/files/{shape['id']}/content", by=caller)
            assert (content.status, content.body) == (200, TEXT)
        await door.settled()
        assert door.published == [
            FileUploaded(
                organization_id="org_a",
                file_id=shape["id"],
                size=len(TEXT),
                media_type="text/markdown",
                purpose="knowledge",
            )
        ]


async def test_a_form_is_read_wherever_its_purpose_stands(start: Start) -> None:
    async with start(service) as door:
        file = ("file", TEXT, "../../etc/hours.txt", "text/plain")
        purpose = ("purpose", b"knowledge", None, None)
        for parts in ((purpose, file), (file, purpose)):
            body, kind = form(*parts)
            made = await door.request(
                "POST", "/api/files", by=OWNER, body=body, headers={"content-type": kind}
            )
            assert made.status == 201, made.text
            assert (made.json()["name"], made.json()["purpose"]) == ("hours.txt", "knowledge")
            content = await door.request("GET", f"/api/files/{made.json()['id']}/content", by=OWNER)
            assert content.body == TEXT


async def test_another_organization_finds_nothing(start: Start) -> None:
    async with start(service) as door:
        file_id = (await upload(door, TEXT)).json()["id"]
        for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
            assert (await door.request(method, f"/api/files/{file_id}{path}", by=STRANGER)).status == 404
        other = service_principal("knowledge", "org_b")
        facts = await door.request("POST", "/internal/files/facts", by=other, json={"file_id": file_id})
        assert facts.status == 404
        assert (await door.request("GET", "/api/files", by=STRANGER)).json()["items"] == []
        assert (await door.request("GET", f"/api/files/{file_id}", by=OWNER)).status == 200


async def test_only_those_who_manage_files_come_in(start: Start) -> None:
    plain = Principal(kind="user", id="usr_2", organization_id="org_a")
    async with start(service) as door:
        file_id = (await upload(door, TEXT)).json()["id"]
        assert (await upload(door, TEXT, by=plain)).status == 403
        for method, path in (("GET", ""), ("GET", f"/{file_id}"), ("GET", f"/{file_id}/content")):
            assert (await door.request(method, f"/api/files{path}", by=plain)).status == 403
            assert (await door.request(method, f"/api/files{path}")).status == 401


async def test_a_wrong_sum_is_refused_and_nothing_is_kept(start: Start, tmp_path: Path) -> None:
    async with start(service) as door:
        right = hashlib.sha256(TEXT).hexdigest()
        wrong = await upload(door, TEXT + b"!", x_content_sha256=right)
        assert (wrong.status, wrong.json()["code"]) == (422, "checksum_mismatch")
        assert kept(tmp_path) == []
        assert await _rows(door) == []
        assert (await upload(door, TEXT, x_content_sha256="abc")).status == 422
        assert (await upload(door, TEXT, x_content_sha256=right.upper())).status == 201


async def test_too_large_a_file_is_told_its_limit(start: Start, tmp_path: Path) -> None:
    async with start(service, settings={"avatar_megabytes": 1}) as door:
        announced = await upload(door, b"x" * (1024 * 1024 + 1), "me.png", "avatar")
        assert (announced.status, announced.json()["limit"]) == (413, 1024 * 1024)
        chunk = b"\x89PNG\r\n\x1a\n" + b"\0" * 65_528
        unannounced, body = await streamed(door, [chunk] * 17, "name=me.png&purpose=avatar")
        assert unannounced == 413, body
        form_body, kind = form(
            ("file", chunk * 17, "me.png", "image/png"), ("purpose", b"avatar", None, None)
        )
        late = await door.request(
            "POST", "/api/files", by=OWNER, body=form_body, headers={"content-type": kind}
        )
        assert late.status == 413
        assert kept(tmp_path) == []
        assert await _rows(door) == []


async def test_equal_bytes_are_shared_inside_an_organization_and_not_across(
    start: Start, tmp_path: Path
) -> None:
    async with start(service) as door:
        first = (await upload(door, TEXT, "a.txt")).json()["id"]
        second = (await upload(door, TEXT, "b.txt")).json()["id"]
        third = (await upload(door, TEXT, "c.txt", by=STRANGER)).json()["id"]
        await door.settled()
        assert [path.parent.name for path in kept(tmp_path)] == ["org_a", "org_b"]
        assert (await door.request("DELETE", f"/api/files/{first}", by=OWNER)).status == 204
        await door.settled()
        assert (await door.request("GET", f"/api/files/{first}/content", by=OWNER)).status == 404
        assert (await door.request("GET", f"/api/files/{second}/content", by=OWNER)).body == TEXT
        assert (await door.request("DELETE", f"/api/files/{second}", by=OWNER)).status == 204
        await door.settled()
        assert [path.parent.name for path in kept(tmp_path)] == ["org_b"]
        assert (await door.request("GET", f"/api/files/{third}/content", by=STRANGER)).body == TEXT
        gone = [event for event in door.published if isinstance(event, FileDeleted)]
        assert [event.file_id for event in gone] == [first, second]


async def test_sharing_and_deleting_at_once_never_loses_bytes(start: Start, tmp_path: Path) -> None:
    async with start(service) as door:
        oldest = (await upload(door, TEXT)).json()["id"]
        for _ in range(15):
            made, _ = await asyncio.gather(
                upload(door, TEXT), door.request("DELETE", f"/api/files/{oldest}", by=OWNER)
            )
            oldest = made.json()["id"]
            await door.settled()
            assert (await door.request("GET", f"/api/files/{oldest}/content", by=OWNER)).body == TEXT
        assert len(kept(tmp_path)) == 1


async def test_files_go_with_the_document_that_was_read_from_them(start: Start, tmp_path: Path) -> None:
    async with start(service) as door:
        file_id = (await upload(door, TEXT)).json()["id"]
        foreign = (await upload(door, TEXT, by=STRANGER)).json()["id"]
        event = DocumentDeleted(
            organization_id="org_a", document_id="doc_1", file_ids=(file_id, foreign, "file_gone")
        )
        await door.hear(event)
        assert (await door.request("GET", f"/api/files/{file_id}", by=OWNER)).status == 404
        assert (await door.request("GET", f"/api/files/{foreign}", by=STRANGER)).status == 200
        assert [path.parent.name for path in kept(tmp_path)] == ["org_b"]
        assert door.published[-1] == FileDeleted(
            organization_id="org_a", file_id=file_id, reason="document_deleted"
        )


async def test_files_are_listed_newest_first_in_pages(start: Start) -> None:
    clock = FrozenClock()
    async with start(service, clock=clock) as door:
        made = []
        for number in range(3):
            clock.advance(seconds=1)
            purpose = "knowledge" if number == 1 else "attachment"
            made.append((await upload(door, b"%d" % number, f"{number}.txt", purpose)).json()["id"])
        page = (await door.request("GET", "/api/files?limit=2", by=OWNER)).json()
        assert [item["id"] for item in page["items"]] == [made[2], made[1]]
        rest = await door.request("GET", f"/api/files?limit=2&cursor={page['next_cursor']}", by=OWNER)
        assert [item["id"] for item in rest.json()["items"]] == [made[0]]
        some = await door.request("GET", "/api/files?purpose=knowledge", by=OWNER)
        assert [item["id"] for item in some.json()["items"]] == [made[1]]


async def test_a_client_that_hangs_up_leaves_nothing(start: Start, tmp_path: Path) -> None:
    async with start(service) as door:
        status, _ = await streamed(door, [b"half of it", None], "name=a.txt&purpose=attachment")
        assert status == 400
        body, kind = form(("file", TEXT, "a.txt", "text/plain"))
        cut, answer = await streamed(door, [body[:-9]], "purpose=attachment", {"content-type": kind})
        assert cut == 400, answer
        assert kept(tmp_path) == []
        assert await _rows(door) == []


async def test_an_upload_whose_process_was_killed_is_swept_after_a_day(start: Start, tmp_path: Path) -> None:
    clock = FrozenClock()
    async with start(service, clock=clock) as door:
        ready = (await upload(door, TEXT)).json()["id"]
        async with door.runtime.own_unit("org_a") as ctx:
            await ctx.db.insert(files, _uploading("file_old", clock))
        await door.runtime.ports.blobs.put("org_a/file_old", chunks_of(b"left behind"))
        assert (await door.request("GET", "/api/files/file_old", by=OWNER)).status == 404
        clock.advance(hours=23)
        await _sweep(door)
        assert len(kept(tmp_path)) == 2
        clock.advance(hours=2)
        await _sweep(door)
        assert [path.name for path in kept(tmp_path)] == [ready]
        assert [row.id for row in await _rows(door)] == [ready]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_memory_stays_flat_while_a_large_file_streams_in(start: Start, engine: str) -> None:
    size = 60 * 1024 * 1024
    chunk = b"0123456789abcde\n" * 4096
    process = psutil.Process()
    highest = 0

    def pieces() -> object:
        nonlocal highest
        for sent in range(size // len(chunk)):
            if sent % 50 == 0:
                highest = max(highest, process.memory_info().rss)
            yield chunk

    async with start(service) as door:
        await upload(door, b"warm " * 100_000)
        before = process.memory_info().rss
        status, body = await streamed(door, pieces(), "name=big.txt&purpose=knowledge")
        assert status == 201, body
        assert f'"size":{size}'.encode() in body
        assert max(highest, process.memory_info().rss) - before < 60 * 1024 * 1024


async def _rows(door: object) -> list[FileRow]:
    from sqlalchemy import select

    async with door.runtime.own_unit() as ctx:
        return await ctx.db.across_organizations().all(select(files), FileRow)


async def _sweep(door: object) -> None:
    from agenthub.services.intelligence.files.jobs import sweep

    async with door.runtime.own_unit() as ctx:
        await sweep(ctx)


def _uploading(file_id: str, clock: FrozenClock) -> FileRow:
    return FileRow(
        organization_id="org_a",
        id=file_id,
        state="uploading",
        name="",
        purpose="",
        media_type="",
        declared_type="",
        size=0,
        sha256="",
        blob_key=f"org_a/{file_id}",
        created_by=owner_of("org_a").name,
        created_at=clock.now(),
    )
