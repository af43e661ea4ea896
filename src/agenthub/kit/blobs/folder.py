"""Content in a folder of this machine."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

from obstore.store import LocalStore

from agenthub.kit.blobs import streams
from agenthub.kit.blobs.port import Blobs, Stored, checked

# No key begins with a dot, so nothing in here can be asked for.
_INCOMING = ".incoming"


class FolderBlobs(Blobs):
    """What `put` has returned survives a power failure: the file and its folders are synced.

    A process that is killed leaves its unfinished upload in `.incoming`.
    """

    def __init__(self, root: Path) -> None:
        (root / _INCOMING).mkdir(mode=0o700, parents=True, exist_ok=True)
        self._root = root
        self._store = LocalStore(root)

    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> Stored:
        target = self._root / checked(key)
        incoming = f"{_INCOMING}/{secrets.token_hex(16)}"
        try:
            stored = await streams.write(self._store, incoming, chunks)
            with streams.reaching_blobs():
                await asyncio.to_thread(_settle, self._root / incoming, target, self._root)
        except BaseException:
            await streams.remove(self._store, incoming)
            raise
        return stored

    async def open(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        return await streams.read(self._store, checked(key), start, length)

    async def delete(self, key: str) -> None:
        await streams.remove(self._store, checked(key))

    async def sign(self, key: str, ttl_seconds: float) -> str | None:  # noqa: ARG002  a folder has no URLs
        checked(key)
        return None


def _settle(incoming: Path, target: Path, root: Path) -> None:
    """Give the finished file its name, once its bytes are on the disk."""
    _sync(incoming)
    target.parent.mkdir(parents=True, exist_ok=True)
    incoming.replace(target)
    folder = target.parent
    _sync(folder)
    while folder != root:
        folder = folder.parent
        _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
