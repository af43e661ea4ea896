"""What all Blobs promise."""

import asyncio
import hashlib
import os
import urllib.request
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import psutil
import pytest

from agenthub.kit.blobs.folder import FolderBlobs
from agenthub.kit.blobs.port import Blobs, Stored
from agenthub.kit.blobs.s3 import Bucket, S3Blobs
from agenthub.kit.errors import Invalid, Misconfigured, NotFound, Unavailable
from tests.engines.process import free_port
from tests.engines.s3 import S3Server

MEBIBYTE = 1024 * 1024


def bucket_of(server: S3Server, name: str, **changes: str) -> Bucket:
    settings = {"endpoint": server.endpoint, **changes}
    return Bucket(name, server.region, server.access_key, server.secret_key, **settings)


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "folder":
        return FolderBlobs(tmp_path / "blobs")
    server = request.getfixturevalue("s3_server")
    return S3Blobs(bucket_of(server, server.new_bucket()))


async def stream(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def content(blobs: Blobs, key: str, start: int = 0, length: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in await blobs.open(key, start, length)])


async def test_what_was_put_is_read_and_its_size_and_digest_are_told(blobs: Blobs) -> None:
    stored = await blobs.put("org_1/file.pdf", stream([b"hello ", b"", b"world"]))
    assert stored == Stored(11, hashlib.sha256(b"hello world").hexdigest())
    assert await content(blobs, "org_1/file.pdf") == b"hello world"


async def test_empty_content_is_content(blobs: Blobs) -> None:
    assert (await blobs.put("empty", stream([]))).size == 0
    assert await content(blobs, "empty") == b""
    assert await content(blobs, "empty", 0, 5) == b""


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (0, 4, b"0123"),
        (3, None, b"3456789"),
        (3, 2, b"34"),
        (8, 100, b"89"),
        (10, None, b""),
        (99, 1, b""),
        (4, 0, b""),
    ],
)
async def test_a_range_is_read(blobs: Blobs, start: int, length: int | None, expected: bytes) -> None:
    await blobs.put("digits", stream([b"0123456789"]))
    assert await content(blobs, "digits", start, length) == expected


async def test_large_content_passes_in_pieces(blobs: Blobs) -> None:
    """Four parts and a rest, with a chunk larger than a part among the small ones."""
    piece, large = os.urandom(100_000), os.urandom(9 * MEBIBYTE)
    pieces = [piece] * 150 + [large] + [piece] * 50
    digest = hashlib.sha256(b"".join(pieces)).hexdigest()
    assert (await blobs.put("large", stream(pieces))).sha256 == digest
    received, longest = hashlib.sha256(), 0
    async for chunk in await blobs.open("large"):
        received.update(chunk)
        longest = max(longest, len(chunk))
    assert received.hexdigest() == digest
    assert longest <= 8 * MEBIBYTE


async def test_putting_again_replaces(blobs: Blobs) -> None:
    await blobs.put("k", stream([b"long old content"]))
    await blobs.put("k", stream([b"new"]))
    assert await content(blobs, "k") == b"new"


async def test_absent_content_is_not_found_before_the_first_chunk(blobs: Blobs) -> None:
    for start, length in [(0, None), (5, 1), (0, 0)]:
        with pytest.raises(NotFound):
            await blobs.open("absent", start, length)


async def test_deleted_content_is_gone_and_deleting_again_is_harmless(blobs: Blobs) -> None:
    await blobs.put("k", stream([b"x"]))
    await blobs.delete("k")
    await blobs.delete("k")
    with pytest.raises(NotFound):
        await blobs.open("k")


async def test_a_broken_upload_is_never_seen(blobs: Blobs) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield b"x" * 9 * MEBIBYTE
        raise ConnectionResetError("the visitor left")

    with pytest.raises(ConnectionResetError):
        await blobs.put("new", breaking())
    with pytest.raises(NotFound):
        await blobs.open("new")
    await blobs.put("old", stream([b"kept"]))
    with pytest.raises(ConnectionResetError):
        await blobs.put("old", breaking())
    assert await content(blobs, "old") == b"kept"


async def test_a_cancelled_upload_is_never_seen(blobs: Blobs) -> None:
    waiting = asyncio.Event()

    async def stalling() -> AsyncIterator[bytes]:
        yield b"x" * 9 * MEBIBYTE
        waiting.set()
        await asyncio.Event().wait()

    upload = asyncio.create_task(blobs.put("k", stalling()))
    await waiting.wait()
    with pytest.raises(NotFound):
        await blobs.open("k")
    upload.cancel()
    await asyncio.gather(upload, return_exceptions=True)
    with pytest.raises(NotFound):
        await blobs.open("k")


@pytest.mark.parametrize(
    "key", ["", "/", "/etc/passwd", "../up", "a/../b", "a/..", "./a", "a//b", "a/", ".hidden", "a/.b", "a\0b"]
)
async def test_a_key_cannot_climb_or_hide(blobs: Blobs, key: str) -> None:
    with pytest.raises(Invalid):
        await blobs.put(key, stream([b"x"]))
    with pytest.raises(Invalid):
        await blobs.open(key)
    with pytest.raises(Invalid):
        await blobs.delete(key)
    with pytest.raises(Invalid):
        await blobs.sign(key, 60)


@pytest.mark.parametrize("key", ["a b", "ä", "a\nb", "a#1", "a%2e", "a\\b", "x" * 513])
async def test_a_key_is_plain(blobs: Blobs, key: str) -> None:
    with pytest.raises(Invalid):
        await blobs.open(key)


async def test_many_uploads_at_once_keep_apart(blobs: Blobs) -> None:
    keys = [f"k{n}" for n in range(12)]
    await asyncio.gather(*(blobs.put(key, stream([key.encode()] * 10)) for key in keys))
    assert [await content(blobs, key) for key in keys] == [key.encode() * 10 for key in keys]


async def test_a_folder_keeps_nothing_of_a_broken_upload(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)

    async def breaking() -> AsyncIterator[bytes]:
        yield b"x" * 9 * MEBIBYTE
        raise ValueError

    with pytest.raises(ValueError):
        await blobs.put("k", breaking())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert await blobs.sign("k", 60) is None


async def test_a_large_upload_needs_little_memory(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    piece = os.urandom(MEBIBYTE)
    await blobs.put("warm", stream([piece] * 40))
    before = psutil.Process().memory_info().rss
    await blobs.put("large", stream([piece] * 200))
    async for _ in await blobs.open("large"):
        pass
    assert psutil.Process().memory_info().rss - before < 60 * MEBIBYTE


async def test_a_signed_url_reads_without_credentials(s3_server: S3Server) -> None:
    blobs = S3Blobs(bucket_of(s3_server, s3_server.new_bucket(), prefix="files"))
    await blobs.put("a/b.txt", stream([b"hello"]))
    url = await blobs.sign("a/b.txt", 60)
    assert url
    assert "X-Amz-Expires=60" in url

    def fetch() -> bytes:
        with urllib.request.urlopen(url) as answer:
            return bytes(answer.read())

    assert await asyncio.to_thread(fetch) == b"hello"


async def test_a_missing_bucket_is_named(s3_server: S3Server) -> None:
    blobs = S3Blobs(bucket_of(s3_server, "no-such-bucket"))
    with pytest.raises(Misconfigured, match="bucket does not exist"):
        await blobs.put("k", stream([b"x"]))
    with pytest.raises(Misconfigured, match="bucket does not exist"):
        await blobs.open("k")


async def test_a_store_that_cannot_be_reached_is_unavailable(s3_server: S3Server) -> None:
    blobs = S3Blobs(bucket_of(s3_server, "any", endpoint=f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(Unavailable):
        await blobs.put("k", stream([b"x"]))
    with pytest.raises(Unavailable):
        await blobs.open("k")


def test_the_secret_is_not_shown(s3_server: S3Server) -> None:
    assert s3_server.secret_key not in repr(bucket_of(s3_server, "any"))
