"""An S3 server for the tests (moto, in its own process)."""

import importlib.util
import itertools
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.process import Daemon, absent, accepts, free_port


class S3Server:
    """Accepts any credentials: refusals cannot be tested against it."""

    access_key = "AKIATESTTESTTESTTEST"
    secret_key = "not-a-secret"
    region = "eu-central-1"

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        self._numbers = itertools.count(1)
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        self._daemon = Daemon(command, folder / "s3.log", lambda: accepts(port))
        self.start = self._daemon.start
        self.stop = self._daemon.stop

    def new_bucket(self) -> str:
        """The name of an empty bucket of its own."""
        name = f"test-{next(self._numbers)}"
        request = urllib.request.Request(f"{self.endpoint}/{name}", method="PUT")
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200
        return name


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    if importlib.util.find_spec("moto") is None:
        absent("moto", "moto[s3,server] of PyPI")
    server = S3Server(tmp_path_factory.mktemp("s3"))
    server.start()
    yield server
    server.stop()
