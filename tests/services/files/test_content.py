"""Bytes go out in parts, under conditions, and never as a page of this origin."""

from pathlib import Path

import pytest

from agenthub.services.intelligence.files.service import service
from tests.doors import Start
from tests.services.files.doors import OWNER, kept, upload

CONTENT = bytes(range(256)) * 4


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=1000-", 1000, 1023),
        ("bytes=-24", 1000, 1023),
        ("bytes=-5000", 0, 1023),
        ("bytes=1000-999999999999", 1000, 1023),
    ],
)
async def test_a_part_is_answered_with_that_part(start: Start, asked: str, first: int, last: int) -> None:
    async with start(service) as door:
        path = f"/api/files/{(await upload(door, CONTENT)).json()['id']}/content"
        answer = await door.request("GET", path, by=OWNER, headers={"range": asked})
        assert (answer.status, answer.body) == (206, CONTENT[first : last + 1])
        assert answer.headers["content-range"] == f"bytes {first}-{last}/1024"
        assert answer.headers["content-length"] == str(last - first + 1)


async def test_a_part_behind_the_end_does_not_exist_and_nonsense_is_the_whole(start: Start) -> None:
    async with start(service) as door:
        path = f"/api/files/{(await upload(door, CONTENT)).json()['id']}/content"
        for asked in ("bytes=1024-", "bytes=5000-6000", "bytes=-0"):
            answer = await door.request("GET", path, by=OWNER, headers={"range": asked})
            assert (answer.status, answer.json()["size"]) == (416, 1024)
            assert answer.headers["content-range"] == "bytes */1024"
        for asked in (
            "bytes=9-3",
            "bytes=a-b",
            "bytes=0-1,4-5",
            "lines=1-2",
            "bytes=-",
            "bytes=" + "9" * 50 + "-",
        ):
            answer = await door.request("GET", path, by=OWNER, headers={"range": asked})
            assert (answer.status, answer.body) == (200, CONTENT)


async def test_what_the_client_has_is_not_sent_again(start: Start) -> None:
    async with start(service) as door:
        path = f"/api/files/{(await upload(door, CONTENT)).json()['id']}/content"
        tag = (await door.request("GET", path, by=OWNER)).headers["etag"]
        for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            answer = await door.request("GET", path, by=OWNER, headers={"if-none-match": given})
            assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", tag)
        other = await door.request("GET", path, by=OWNER, headers={"if-none-match": '"other"'})
        assert other.status == 200
        for given, status in ((tag, 206), (f"W/{tag}", 200), ('"other"', 200)):
            headers = {"if-range": given, "range": "bytes=0-3"}
            assert (await door.request("GET", path, by=OWNER, headers=headers)).status == status


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"<html><script>alert(1)</script>", "page.html", "text/html"),
        (b"<svg onload='alert(1)'/>", 'x".svg', "image/svg+xml"),
        (b"plain", "a.txt", "text/plain"),
    ],
)
async def test_content_is_a_download_that_no_browser_runs(
    start: Start, content: bytes, name: str, kind: str
) -> None:
    async with start(service) as door:
        path = f"/api/files/{(await upload(door, content, name)).json()['id']}/content"
        headers = (await door.request("GET", path, by=OWNER)).headers
        assert headers["content-type"] == kind
        assert headers["content-disposition"].startswith("attachment; ")
        assert headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in headers["content-security-policy"]


async def test_an_empty_file_is_a_file(start: Start) -> None:
    async with start(service) as door:
        path = f"/api/files/{(await upload(door, b'', 'empty.txt')).json()['id']}/content"
        answer = await door.request("GET", path, by=OWNER)
        assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "0")


async def test_bytes_that_are_lost_are_said_to_be_lost(start: Start, tmp_path: Path) -> None:
    async with start(service) as door:
        path = f"/api/files/{(await upload(door, CONTENT)).json()['id']}/content"
        for stored in kept(tmp_path):
            stored.unlink()
        answer = await door.request("GET", path, by=OWNER)
        assert (answer.status, answer.json()["code"]) == (404, "content_lost")
