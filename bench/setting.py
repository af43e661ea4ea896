"""What the cases run on: the kit's ports in one folder, and real servers where this machine has them."""

import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from agenthub.kit.auth.identity import IdentitySigner
from agenthub.kit.auth.principal import ANONYMOUS, Principal
from agenthub.kit.blobs.folder import FolderBlobs
from agenthub.kit.bus.memory import MemoryBus
from agenthub.kit.cache.memory import MemoryCache, MemoryLimits, MemoryLocks
from agenthub.kit.calls.direct import DirectTransport
from agenthub.kit.clock import SystemClock
from agenthub.kit.feed.memory import MemoryFeed
from agenthub.kit.runtime import Ports
from agenthub.kit.secrets.keys import MasterKey
from agenthub.kit.workers.child import Children
from agenthub.kit.workers.threads import BoundedThreads
from bench.notes.service import NoteKept
from tests.engines.postgres import PostgresServer
from tests.engines.redis import RedisServer


@asynccontextmanager
async def open_ports(folder: Path) -> AsyncIterator[Ports]:
    clock = SystemClock()
    master = MasterKey.from_file(folder / "master.key")
    threads = BoundedThreads(workers=2, queue=16)
    async with aiohttp.ClientSession() as session:
        yield Ports(
            clock=clock,
            bus=MemoryBus(),
            transport=DirectTransport(),
            cache=MemoryCache(clock),
            locks=MemoryLocks(clock),
            limits=MemoryLimits(clock),
            feed=MemoryFeed(),
            blobs=FolderBlobs(folder / "blobs"),
            folder=folder / "engines",
            master=master,
            signer=IdentitySigner(master.derive("service-identity")),
            threads=threads,
            children=Children(parallel=1),
            http=session,
            authenticate=_nobody,
            events={NoteKept.topic: NoteKept},
        )
    await threads.close()


async def _nobody(_headers: Mapping[bytes, bytes], _runtime: Any) -> Principal:
    return ANONYMOUS


@contextmanager
def postgres() -> Iterator[PostgresServer | None]:
    """A server, or None with a word on why."""
    with tempfile.TemporaryDirectory(prefix="agenthub-bench-") as folder:
        try:
            server = PostgresServer(Path(folder))
        except pytest.skip.Exception as reason:
            print(f"skipped: {reason}")
            yield None
            return
        server.start()
        try:
            server.create_role()
            yield server
        finally:
            server.stop()


@contextmanager
def redis() -> Iterator[RedisServer | None]:
    """A server, or None with a word on why."""
    import shutil

    executable = shutil.which("redis-server")
    if executable is None:
        print("skipped: Redis is not on this machine: install the package redis-server")
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="agenthub-bench-") as folder:
        server = RedisServer(executable, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
