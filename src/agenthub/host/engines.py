"""Chooses the engines that the settings name and makes the ports of them."""

import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import aiohttp

from agenthub.host.installation import Installation
from agenthub.host.reach import bucket_address, connect_postgres
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
from agenthub.kit.errors import Misconfigured
from agenthub.kit.events import Event
from agenthub.kit.feed.memory import MemoryFeed
from agenthub.kit.feed.port import Feed
from agenthub.kit.runtime import Authenticate, Ports
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
        return
    path = installation.home / "data" / f"{service.name}.db"
    try:
        migrate_sqlite(path, service.name, service.versions, target)
    except sqlite3.Error as problem:
        raise Misconfigured(f"{path} cannot be used ({problem}); mend it or restore a backup") from problem


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
    authenticate: Authenticate,
    sole_process: bool,
) -> AsyncIterator[Ports]:
    """The ports of this process, closed at the end."""
    clock = SystemClock()
    host = installation.host
    async with AsyncExitStack() as stack:
        if host.redis_url:
            shared = _on_redis(host.redis_url, host.replica, clock, stack)
        else:
            shared = _in_memory(clock, installation.services if sole_process else ())
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
            folder=installation.home / "engines",
            master=installation.master,
            signer=signer,
            threads=threads,
            children=Children(parallel=2),
            http=session,
            authenticate=authenticate,
            events=events,
            routes=routes,
            replica=host.replica,
            sole_process=sole_process,
            lease_seconds=30.0 if sole_process else _SHARED_LEASE_SECONDS,
            poll_seconds=_SOLE_POLL_SECONDS if sole_process else _SHARED_POLL_SECONDS,
        )


def _in_memory(clock: Clock, services: Sequence[Service]) -> _Shared:
    bus = MemoryBus(frozenset(service.name for service in services if service.subscribes))
    return _Shared(bus, MemoryCache(clock), MemoryLocks(clock), MemoryLimits(clock), MemoryFeed())


def _on_redis(url: str, replica: str, clock: Clock, stack: AsyncExitStack) -> _Shared:
    from agenthub.kit.bus.redis import RedisBus
    from agenthub.kit.cache.redis import RedisCache, RedisLimits, RedisLocks
    from agenthub.kit.feed.redis import RedisFeed
    from agenthub.kit.redis import open_redis

    redis, listening = open_redis(url), open_redis(url)
    for connection in (redis, listening):
        stack.push_async_callback(connection.aclose)
    feed = RedisFeed(listening, NAMESPACE)
    stack.push_async_callback(feed.close)
    return _Shared(
        RedisBus(redis, replica),
        RedisCache(redis, NAMESPACE),
        RedisLocks(redis, NAMESPACE),
        RedisLimits(redis, NAMESPACE, clock, MemoryLimits(clock)),
        feed,
    )


def _blobs(installation: Installation) -> Blobs:
    host = installation.host
    address = bucket_address(host)
    if address is None:
        return FolderBlobs(installation.home / "files")
    from agenthub.kit.blobs.s3 import Bucket, S3Blobs

    name, prefix = address
    return S3Blobs(
        Bucket(
            name=name,
            prefix=prefix,
            region=host.blobs_region,
            access_key=host.blobs_access_key,
            secret_key=host.blobs_secret_key,
            endpoint=host.blobs_endpoint or None,
        )
    )


def _url_of(url: str, service: Service) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{DATABASE_PREFIX}{service.name}"))


async def _create_database(url: str, service: Service) -> None:
    connection = await connect_postgres(url)
    try:
        name = f"{DATABASE_PREFIX}{service.name}"
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
