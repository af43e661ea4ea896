"""The engines are what the other tests take them for."""

import urllib.request

import asyncpg
import pytest

from tests.engines.postgres import PostgresServer
from tests.engines.process import absent
from tests.engines.redis import RedisServer
from tests.engines.s3 import S3Server


async def test_the_postgres_role_is_bound_by_row_level_security(postgres: PostgresServer) -> None:
    connection = await asyncpg.connect(await postgres.new_database())
    role = await connection.fetchrow(
        "SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    )
    await connection.close()
    assert tuple(role) == (False, False, True)


async def test_committed_rows_survive_an_immediate_restart_of_postgres(postgres: PostgresServer) -> None:
    url = await postgres.new_database()
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    postgres.restart_immediate()
    connection.terminate()
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT n FROM kept") == 7
    await connection.close()


async def test_a_stopped_postgres_refuses_until_it_is_started(postgres: PostgresServer) -> None:
    postgres.stop()
    try:
        with pytest.raises(ConnectionRefusedError):
            await asyncpg.connect(postgres.url)
    finally:
        postgres.start()
    await (await asyncpg.connect(postgres.url)).close()


def test_redis_comes_back_empty(redis_server: RedisServer) -> None:
    assert redis_server._ask(b"SET a 1\r\n") == b"+OK\r\n"
    redis_server.stop()
    redis_server.start()
    assert redis_server._ask(b"GET a\r\n") == b"$-1\r\n"


def test_each_s3_bucket_is_new(s3_server: S3Server) -> None:
    first, second = s3_server.new_bucket(), s3_server.new_bucket()
    assert first != second
    with urllib.request.urlopen(f"{s3_server.endpoint}/{second}") as answer:
        assert b"<Contents>" not in answer.read()


def test_an_absent_engine_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="install the package redis-server"):
        absent("Redis", "redis-server")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="install the package redis-server"):
        absent("Redis", "redis-server")
