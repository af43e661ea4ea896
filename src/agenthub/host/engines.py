"""Chooses the engines that the settings name and makes the ports of them."""

from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import aiohttp

from agenthub.host.authentication import Authenticator
from agenthub.host.installation import Installation
from agenthub.kit.auth.identity import IdentitySigner
from agenthub.kit.blobs.folder import FolderBlobs
from agenthub.kit.blobs.port import Blobs
from agenthub.kit.bus.memory import MemoryBus
from agenthub.kit.bus.port import Bus
from agenthub.kit.cache.memory import MemoryCache, MemoryLimits, MemoryLocks
from agenthub.kit.cache.port import Cache, Limits, Locks
from agenthub.kit.calls.port import Transport
from agenthub.kit.clock import Clock, SystemClock
from agenthub.kit.db.migrate import migrate_postgres, migrate_sqlite
from agenthub.kit.db.port import Database
from agenthub.kit.db.sqlite import SqliteDatabase
from agenthub.kit.events import Event
from agenthub.kit.feed.memory import MemoryFeed
from agenthub.kit.feed.port import Feed
from agenthub.kit.runtime import Ports
from agenthub.kit.service import Service
from agenthub.kit.workers.child import Children
from agenthub.kit.workers.threads import BoundedThreads

DATABASE_PREFIX = "agenthub_"
NAMESPACE = "agenthub"
_SHARED_POLL_SECONDS = 0.2
_SOLE_POLL_SECONDS = 30.0
_SHARED_LEASE_SECONDS = 10.0


@dataclass(frozen=True)
class _Shared:
    bus: Bus
    cache: Cache
    locks: Locks
    limits: Limits
    feed: Feed


def database_path(installation: Installation, service: Service) -> str:
    """Where a service's database is, for people to read."""
    url = installation.host.database_url
    return _url_of(url, service) if url else str(installation.home / "data" / f"{service.name}.db")


async def migrate(installation: Installation, service: Service, target: str = "heads") -> None:
    """Bring the service's database to `target`, making it when there is none."""
    url = installation.host.database_url
    if url:
        await _create_database(url, service)
        await migrate_postgres(_url_of(url, service), service.versions, target)
    else:
        migrate_sqlite(
            installation.home / "data" / f"{service.name}.db", service.name, service.versions, target
        )


def open_database(installation: Installation, service: Service, threads: ThreadPoolExecutor) -> Database:
    """The service's database, which must have been migrated."""
    url = installation.host.database_url
    if url:
        from agenthub.kit.db.postgres import PostgresDatabase

        return PostgresDatabase(_url_of(url, service))
    return SqliteDatabase(installation.home / "data" / f"{service.name}.db", threads)


@asynccontextmanager
async def ports(
    installation: Installation,
    transport: Transport,
    session: aiohttp.ClientSession,
    signer: IdentitySigner,
    events: Mapping[str, type[Event]],
    *,
    routes: Mapping[str, str],
    sole_process: bool,
) -> AsyncIterator[Ports]:
    """The ports of this process, closed at the end."""
    clock = SystemClock()
    host = installation.host
    async with AsyncExitStack() as stack:
        shared = (
            _on_redis(host.redis_url, host.replica, clock, stack) if host.redis_url else _in_memory(clock)
        )
        threads = BoundedThreads(workers=4, queue=64)
        stack.push_async_callback(threads.close)
        yield Ports(
            clock=clock,
            bus=shared.bus,
            transport=transport,
            cache=shared.cache,
            locks=shared.locks,
            limits=shared.limits,
            feed=shared.feed,
            blobs=_blobs(installation),
            master=installation.master,
            signer=signer,
            threads=threads,
            children=Children(parallel=2),
            http=session,
            authenticate=Authenticator(),
            events=events,
            routes=routes,
            replica=host.replica,
            sole_process=sole_process,
            lease_seconds=30.0 if sole_process else _SHARED_LEASE_SECONDS,
            poll_seconds=_SOLE_POLL_SECONDS if sole_process else _SHARED_POLL_SECONDS,
        )


def _in_memory(clock: Clock) -> _Shared:
    return _Shared(MemoryBus(), MemoryCache(clock), MemoryLocks(clock), MemoryLimits(clock), MemoryFeed())


def _on_redis(url: str, replica: str, clock: Clock, stack: AsyncExitStack) -> _Shared:
    from agenthub.kit.bus.redis import RedisBus
    from agenthub.kit.cache.redis import RedisCache, RedisLimits, RedisLocks
    from agenthub.kit.feed.redis import RedisFeed
    from agenthub.kit.redis import open_redis

    redis, listening = open_redis(url), open_redis(url)
    for connection in (redis, listening):
        stack.push_async_callback(connection.aclose)
    return _Shared(
        RedisBus(redis, replica),
        RedisCache(redis, NAMESPACE),
        RedisLocks(redis, NAMESPACE),
        RedisLimits(redis, NAMESPACE, clock, MemoryLimits(clock)),
        RedisFeed(listening, NAMESPACE),
    )


def _blobs(installation: Installation) -> Blobs:
    return FolderBlobs(installation.home / "files")


def _url_of(url: str, service: Service) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{DATABASE_PREFIX}{service.name}"))


async def _create_database(url: str, service: Service) -> None:
    import asyncpg

    connection = await asyncpg.connect(url, timeout=5)
    try:
        name = f"{DATABASE_PREFIX}{service.name}"
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
