"""Redis 7 for the tests: nothing persisted, so that a restart loses all data."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.engines.process import Daemon, absent, free_port


class RedisServer:
    def __init__(self, executable: str, folder: Path) -> None:
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        arguments = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        self._daemon = Daemon([executable, *arguments], folder / "redis.log", self._answers)
        self.start = self._daemon.start
        self.stop = self._daemon.stop
        self.pause = self._daemon.pause
        self.resume = self._daemon.resume

    def flush(self) -> None:
        assert self._ask(b"FLUSHALL\r\n") == b"+OK\r\n"

    def _answers(self) -> bool:
        try:
            return self._ask(b"PING\r\n") == b"+PONG\r\n"
        except OSError:
            return False

    def _ask(self, command: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self._port), timeout=5) as connection:
            connection.sendall(command)
            return connection.recv(64)


async def age(redis: Redis, seconds: float) -> None:
    """Bring every expiry nearer, so that no test waits for one."""
    async for key in redis.scan_iter():
        left = await redis.pttl(key)
        if left >= 0:
            await redis.pexpire(key, left - round(seconds * 1000))


@pytest.fixture(scope="session")
def redis_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    executable = shutil.which("redis-server") or absent("Redis", "redis-server")
    server = RedisServer(executable, tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_server(redis_session: RedisServer) -> RedisServer:
    """The session's server, emptied; a test that stops it starts it again."""
    redis_session.flush()
    return redis_session
