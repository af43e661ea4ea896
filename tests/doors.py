"""Doors to one service at a time, over SQLite and over PostgreSQL."""

from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
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
from agenthub.kit.clock import Clock, SystemClock
from agenthub.kit.db.migrate import migrate_postgres, migrate_sqlite
from agenthub.kit.db.port import Database
from agenthub.kit.db.sqlite import SqliteDatabase
from agenthub.kit.feed.memory import MemoryFeed
from agenthub.kit.runtime import Ports
from agenthub.kit.secrets.keys import MasterKey
from agenthub.kit.service import Service
from agenthub.kit.testing import Running, running
from agenthub.kit.workers.child import Children
from agenthub.kit.workers.threads import BoundedThreads

Start = Callable[..., AbstractAsyncContextManager[Running]]


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    """The database of this run of the test."""
    return str(request.param)


@pytest.fixture
async def ports(tmp_path: Path) -> AsyncIterator[Ports]:
    """Embedded ports over the test's own folder; the clock is the system's unless `start` gets another."""
    clock = SystemClock()
    master = MasterKey.from_file(tmp_path / "master.key")
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
            blobs=FolderBlobs(tmp_path / "blobs"),
            folder=tmp_path / "engines",
            master=master,
            signer=IdentitySigner(master.derive("service-identity")),
            threads=threads,
            children=Children(parallel=1),
            http=session,
            authenticate=_nobody,
            events={},
        )
    await threads.close()


@pytest.fixture
async def start(
    engine: str, ports: Ports, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Start]:
    """`async with start(service, settings={…}, others={"llm": app}, clock=FrozenClock()) as running:`."""
    server = request.getfixturevalue("postgres") if engine == "postgres" else None
    async with AsyncExitStack() as stack:
        threads = ThreadPoolExecutor(2)
        stack.callback(threads.shutdown)
        paths: dict[str, Any] = {}

        async def database(service: Service) -> Database:
            if server is None:
                path = tmp_path / f"{service.name}.db"
                migrate_sqlite(path, service.name, service.versions)
                return SqliteDatabase(path, threads)
            from agenthub.kit.db.postgres import PostgresDatabase

            if service.name not in paths:
                paths[service.name] = await server.new_database()
                await migrate_postgres(paths[service.name], service.versions)
            return PostgresDatabase(paths[service.name])

        @asynccontextmanager
        async def opened(
            service: Service,
            *,
            settings: Mapping[str, Any] | None = None,
            others: Mapping[str, Any] | None = None,
            clock: Clock | None = None,
        ) -> AsyncIterator[Running]:
            from dataclasses import replace

            chosen = replace(ports, clock=clock) if clock else ports
            async with running(
                service, await database(service), chosen, settings=settings, others=others
            ) as door:
                yield door

        yield opened


async def _nobody(_headers: Mapping[bytes, bytes], _runtime: Any) -> Principal:
    return ANONYMOUS
