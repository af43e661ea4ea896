"""The one way to reach Redis: short timeouts, no hidden retries, failures as problems."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ConnectionError as RedisConnectionError,
    NoPermissionError,
    ResponseError,
    TimeoutError as RedisTimeoutError,
)

from agenthub.kit.errors import Misconfigured, Unavailable

RETRY_AFTER_SECONDS = 1.0


def open_redis(url: str, *, timeout_seconds: float = 2.0) -> Redis:
    """A pooled client that answers in bytes; whoever opens it closes it with `aclose()`.

    Nothing is retried behind the caller's back: a counter must not count twice.
    """
    return Redis.from_url(
        url,
        protocol=2,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 0),
    )


@contextmanager
def reaching_redis() -> Iterator[None]:
    """Turn the client's failures into Misconfigured (credentials) or Unavailable (all else)."""
    try:
        yield
    except (AuthenticationError, AuthorizationError, NoPermissionError) as error:
        raise Misconfigured(f"Redis refuses our credentials: {error}. Mend the Redis URL.") from error
    except (RedisConnectionError, RedisTimeoutError, ResponseError) as error:
        raise Unavailable(
            f"Redis cannot be reached: {error}. Try again shortly.", retry_after=RETRY_AFTER_SECONDS
        ) from error
