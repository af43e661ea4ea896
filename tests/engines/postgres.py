"""PostgreSQL 15 or later for the tests, reached by a role that row-level security binds."""

import asyncio
import itertools
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.engines.process import Daemon, absent, free_port

ROLE = "agenthub_tests"


def _binaries() -> Path:
    found = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    versions = sorted(found, key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else absent("PostgreSQL", "postgresql")


def _as_postgres() -> list[str]:
    """PostgreSQL refuses to run as root; setpriv replaces itself, so the process id stays ours."""
    if os.geteuid():
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--inh-caps=-all"]


class PostgresServer:
    """`url` and every new database belong to a role without superuser and without BYPASSRLS."""

    def __init__(self, folder: Path) -> None:
        self._binaries = _binaries()
        self._port = free_port()
        self._password = secrets.token_hex(16)
        self._numbers = itertools.count(1)
        self.admin_url = f"postgresql://postgres:{self._password}@127.0.0.1:{self._port}/postgres"
        self.url = self._url("postgres")
        self._initialise(folder)
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "200"}
        # The operating system outlives every test, so nothing is lost by not waiting for the disk.
        options["fsync"] = "off"
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command = [*_as_postgres(), str(self._binaries / "postgres"), "-D", str(folder / "data")]
        command += ["-p", str(self._port), *settings]
        self._daemon = Daemon(command, folder / "postgres.log", self._answers)
        self.start = self._daemon.start

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, everything committed is written."""
        self._daemon.stop(signal.SIGINT)

    def restart_immediate(self) -> None:
        """What a crash leaves behind, then recovery."""
        self._daemon.stop(signal.SIGQUIT)
        self._daemon.start()

    def create_role(self) -> None:
        statement = (
            f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB NOCREATEROLE"
            f" PASSWORD '{self._password}'"
        )
        psql = [str(self._binaries / "psql"), "-qX", "-v", "ON_ERROR_STOP=1", "-c", statement, self.admin_url]
        subprocess.run(psql, check=True, capture_output=True)

    async def new_database(self) -> str:
        """The URL of an empty database of its own."""
        name = f"test_{next(self._numbers)}"
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()
        return self._url(name)

    def forget_installations(self) -> None:
        """Drop what an installation made here: the next one has another master key."""
        asyncio.run(self._drop_installations())

    async def _drop_installations(self) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            rows = await connection.fetch("SELECT datname FROM pg_database WHERE datname LIKE 'agenthub\\_%'")
            for row in rows:
                await connection.execute(f'DROP DATABASE "{row["datname"]}" WITH (FORCE)')
        finally:
            await connection.close()

    def _url(self, database: str) -> str:
        return f"postgresql://{ROLE}:{self._password}@127.0.0.1:{self._port}/{database}"

    def _initialise(self, folder: Path) -> None:
        password_file = folder / "password"
        password_file.write_text(self._password)
        if not os.geteuid():
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            os.chown(password_file, owner.pw_uid, owner.pw_gid)
        command = [*_as_postgres(), str(self._binaries / "initdb"), "-D", str(folder / "data")]
        command += [
            *["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync", "--pwfile"],
            str(password_file),
        ]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)

    def _answers(self) -> bool:
        command = [str(self._binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._port)]
        return subprocess.run(command, check=False).returncode == 0


@pytest.fixture(scope="session")
def postgres_session() -> Iterator[PostgresServer]:
    # Not pytest's folder: user postgres could not enter it.
    folder = Path(tempfile.mkdtemp(prefix="agenthub-postgres-"))
    try:
        server = PostgresServer(folder)
        server.start()
        server.create_role()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres(postgres_session: PostgresServer) -> PostgresServer:
    """The session's server; a test that stops it starts it again."""
    return postgres_session
