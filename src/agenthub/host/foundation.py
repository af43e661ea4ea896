"""What is checked before any service is imported: folder, key, own settings, port."""

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, Field

from agenthub.kit.errors import Misconfigured
from agenthub.kit.secrets.keys import MasterKey
from agenthub.kit.settings import Source, load, read_source, refuse_unknown, variable

SECTION = "host"


class HostSettings(BaseModel):
    """Where the installation listens and what it stands on; an empty address means the built-in engine."""

    bind: str = Field("127.0.0.1", description="Address that the gateway listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port that the gateway listens on.")
    public_url: str = Field(
        "", description="Address by which people reach the gateway; empty: from bind and port."
    )
    database_url: str = Field(
        "", description="PostgreSQL server, as postgresql://user:password@host:port/database."
    )
    redis_url: str = Field("", description="Redis server for bus, cache and limits, as redis://host:port/0.")
    blobs_url: str = Field(
        "", description="S3 bucket for file contents, as s3://bucket; empty: a local folder."
    )
    blobs_endpoint: str = Field(
        "", description="Address of an S3-compatible server, where it is not Amazon's."
    )
    blobs_region: str = Field("us-east-1", description="Region of the bucket.")
    blobs_access_key: str = Field("", description="Access key of the bucket.", repr=False)
    blobs_secret_key: str = Field("", description="Secret key of the bucket.", repr=False)
    services: str = Field(
        "",
        description="Where other services are, as name=http://host:port, several with commas; for one service alone.",
    )
    replica: str = Field("1", description="Name of this replica among those of the same service.")
    log_level: str = Field(
        "warning", pattern="^(debug|info|warning|error)$", description="Least severe log line."
    )
    grace_seconds: float = Field(
        30, ge=0, le=300, description="Time that running work gets at a stop, in seconds."
    )


@dataclass(frozen=True)
class Foundation:
    """A folder that can be written, a key that is strong, and the host's own settings."""

    home: Path
    host: HostSettings
    source: Source
    master: MasterKey


def lay_foundation(given: Mapping[str, str] | None = None) -> Foundation:
    """Read and check it; `given` stands before the environment, under the same names."""
    environment = {**os.environ, **(given or {})}
    home = _home_folder(environment)
    source = _with_plain_names(read_source(home, environment))
    _refuse_unknown_here(source)
    return Foundation(home, load(HostSettings, SECTION, source), source, _master(home, source))


def _refuse_unknown_here(source: Source) -> None:
    """A typing error in the host's own variables is told without importing the services."""
    prefix = variable(SECTION, "")
    mine = {name: value for name, value in source.environment.items() if name.startswith(prefix)}
    refuse_unknown(Source(mine, {}), {SECTION: HostSettings}, frozenset())


def _home_folder(environment: Mapping[str, str]) -> Path:
    """`AGENTHUB_HOME`, or `~/.agenthub`; made when absent."""
    home = Path(environment.get("AGENTHUB_HOME") or Path.home() / ".agenthub")
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A file without a name of its own: others may be starting in the same folder.
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as problem:
        raise Misconfigured(
            f"the folder {home} cannot be written ({problem.strerror}); mend it or set AGENTHUB_HOME to another"
        ) from problem
    return home


@contextmanager
def sole_owner(home: Path, part: str = "") -> Iterator[None]:
    """Hold the folder, or one service's part of it, for this process alone."""
    path = home / (f"lock-{part}" if part else "lock")
    with path.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            handle.seek(0)
            raise Misconfigured(
                f"another agenthub (process {handle.read().strip() or 'unknown'}) uses {home}; "
                "stop it or set AGENTHUB_HOME to another folder"
            ) from problem
        handle.seek(0)
        handle.truncate()
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; Misconfigured names the port when it is in use."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as problem:
        listener.close()
        raise Misconfigured(
            f"cannot listen on {host}:{port} ({problem.strerror}); stop what uses it or choose another with --port"
        ) from problem
    listener.setblocking(False)
    return listener


def _with_plain_names(source: Source) -> Source:
    environment = dict(source.environment)
    for name in ("DATABASE_URL", "REDIS_URL"):
        if name in environment:
            environment.setdefault(f"AGENTHUB_HOST_{name}", environment[name])
    return Source(environment, source.file, source.file_name)


def _master(home: Path, source: Source) -> MasterKey:
    given = source.environment.get("AGENTHUB_MASTER_KEY")
    return MasterKey.from_text(given) if given else MasterKey.from_file(home / "master.key")
