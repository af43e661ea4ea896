"""Reading and writing through obstore, with its failures as problems."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import obstore
from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError, UnauthenticatedError
from obstore.store import ObjectStore

from agenthub.kit.blobs.port import Stored
from agenthub.kit.errors import Misconfigured, NotFound, Unavailable

# Parts of an upload: S3 wants at least 5 MiB and at most 10,000 of them.
PART_BYTES = 8 * 1024 * 1024
PARTS_AT_ONCE = 2
CHUNK_BYTES = 256 * 1024


@contextmanager
def reaching_blobs() -> Iterator[None]:
    """Turn failures of obstore and of the file system into problems."""
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        if "NoSuchBucket" in str(error):
            raise Misconfigured("The bucket does not exist. Create it or correct its name.") from error
        raise NotFound("There is no content under this key.") from error
    except (PermissionDeniedError, UnauthenticatedError, PermissionError) as error:
        detail = "The store of files refuses access. Check its credentials and permissions."
        raise Misconfigured(detail) from error
    except (BaseError, OSError) as error:
        cause = str(error).partition("\n")[0]
        raise Unavailable(f"The store of files fails: {cause}. Try again shortly.", retry_after=1) from error


async def write(store: ObjectStore, key: str, chunks: AsyncIterator[bytes]) -> Stored:
    """Upload in parts; without the last step nothing is visible under the key."""
    digest = hashlib.sha256()
    size = 0
    writer = obstore.open_writer_async(store, key, buffer_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)
    # Not as a context manager: leaving by an error would complete a half upload.
    try:
        async for chunk in chunks:
            size += len(chunk)
            if len(chunk) > CHUNK_BYTES:
                await asyncio.to_thread(digest.update, chunk)
            else:
                digest.update(chunk)
            with reaching_blobs():
                await writer.write(chunk)
        with reaching_blobs():
            await writer.close()
    except BaseException:
        # Dropping the writer drops what it wrote; the traceback would keep it alive.
        del writer
        raise
    return Stored(size, digest.hexdigest())


async def read(store: ObjectStore, key: str, start: int, length: int | None) -> AsyncIterator[bytes]:
    with reaching_blobs():
        if start or length is not None:
            size = (await obstore.head_async(store, key))["size"]
            end = size if length is None else min(size, start + length)
            if start >= end:
                return _chunks(None)
            answer = await obstore.get_async(store, key, options={"range": (start, end)})
        else:
            answer = await obstore.get_async(store, key)
    return _chunks(answer.stream(min_chunk_size=CHUNK_BYTES))


async def _chunks(stream: AsyncIterator[bytes] | None) -> AsyncIterator[bytes]:
    if stream is None:
        return
    with reaching_blobs():
        async for chunk in stream:
            yield chunk


async def remove(store: ObjectStore, key: str) -> None:
    try:
        with reaching_blobs():
            await obstore.delete_async(store, key)
    except NotFound:
        return
