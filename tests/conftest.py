"""Fixtures for every test: real engines, started only where a test asks for one."""

from agenthub.kit.logs import configure
from tests.engines.postgres import postgres, postgres_session
from tests.engines.redis import redis_server, redis_session
from tests.engines.s3 import s3_server

__all__ = ["postgres", "postgres_session", "redis_server", "redis_session", "s3_server"]

configure(level="warning")
