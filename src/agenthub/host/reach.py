"""Whether the servers that the settings name answer; asked before anything is started."""

from typing import Any
from urllib.parse import urlsplit

from agenthub.host.foundation import HostSettings
from agenthub.kit.errors import Misconfigured, Unavailable
from agenthub.kit.redaction import redact_text

CONNECT_SECONDS = 1.0


async def check_servers(host: HostSettings) -> None:
    """Misconfigured names the server that cannot be used, and the mend."""
    bucket_address(host)
    if host.database_url:
        connection = await connect_postgres(host.database_url)
        await connection.close()
    if host.redis_url:
        await _ping_redis(host.redis_url)


def bucket_address(host: HostSettings) -> tuple[str, str | None] | None:
    """Name and prefix of the bucket for file contents; None where they lie in the local folder."""
    if not host.blobs_url:
        return None
    parts = urlsplit(host.blobs_url)
    if parts.scheme != "s3" or not parts.hostname:
        raise Misconfigured("host.blobs_url must look like s3://bucket/prefix; mend AGENTHUB_HOST_BLOBS_URL")
    if not host.blobs_access_key or not host.blobs_secret_key:
        raise Misconfigured(
            "a bucket needs AGENTHUB_HOST_BLOBS_ACCESS_KEY and AGENTHUB_HOST_BLOBS_SECRET_KEY"
        )
    return parts.hostname, parts.path.strip("/") or None


async def connect_postgres(url: str) -> Any:
    """A connection to the PostgreSQL server; Misconfigured when there is none to be had soon."""
    try:
        import asyncpg
    except ImportError as problem:
        raise Misconfigured(
            "PostgreSQL needs its driver; install it with: pip install 'agenthub[postgres]'"
        ) from problem
    try:
        return await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        cause = str(problem) or f"no answer in {CONNECT_SECONDS:g} s"
        raise Misconfigured(
            f"the database at {redact_text(url)} cannot be used ({cause}); start it or mend DATABASE_URL"
        ) from problem


async def _ping_redis(url: str) -> None:
    try:
        from agenthub.kit.redis import open_redis, reaching_redis
    except ImportError as problem:
        raise Misconfigured(
            "Redis needs its client; install it with: pip install 'agenthub[redis]'"
        ) from problem
    try:
        redis = open_redis(url, timeout_seconds=CONNECT_SECONDS)
        async with redis:
            with reaching_redis():
                await redis.ping()
    except (ValueError, Unavailable, Misconfigured) as problem:
        raise Misconfigured(
            f"Redis at {redact_text(url)} cannot be used ({problem}); start it or mend REDIS_URL"
        ) from problem
