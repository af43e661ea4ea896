"""The product as real processes, started by its command line and killed without warning."""

import asyncio
import base64
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp

from agenthub.host.catalog import load, load_all, routing_table
from tests.engines.process import free_port

READY_SECONDS = 30.0
PASSWORD = "brick-lantern-otter-51"
OWNER = "ada@example.org"
# What a conversation needs; the others could be away for good.
TALKING = ("auth", "organizations", "agents", "llm", "conversations", "webchat")
_LIMITS = {
    "AGENTHUB_WEBCHAT_MESSAGES_PER_MINUTE": "10000",
    "AGENTHUB_WEBCHAT_SESSIONS_PER_MINUTE": "100000",
    "AGENTHUB_AGENTS_OFFER_SAMPLE": "false",
}


class Starter(ABC):
    """Makes processes of the product."""

    @abstractmethod
    def start(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> int:
        """The process id of `agenthub ARGUMENTS`, its output appended to the log."""

    @abstractmethod
    def exit_code(self, pid: int, *, blocking: bool) -> int | None:
        """How it ended; None while it runs."""

    @abstractmethod
    def close(self) -> None:
        """End whatever the starter itself needs."""


class CommandLine(Starter):
    """The command line as people use it."""

    def __init__(self) -> None:
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> int:
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "agenthub.cli", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(environment),
            )
        self._processes[process.pid] = process
        return process.pid

    def exit_code(self, pid: int, *, blocking: bool) -> int | None:
        process = self._processes[pid]
        return process.wait(60) if blocking else process.poll()

    def close(self) -> None:
        self._processes.clear()


class Nursery(Starter):
    """The same, forked from a process that has imported everything: a start costs a tenth of the CPU."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": "src:."},
        )

    def start(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> int:
        wish = {"arguments": list(arguments), "environment": dict(environment), "log": str(log)}
        pid = self._ask(wish)
        assert isinstance(pid, int)
        return pid

    def exit_code(self, pid: int, *, blocking: bool) -> int | None:
        return self._ask({"wait": pid, "blocking": blocking})

    def _ask(self, wish: Mapping[str, object]) -> int | None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(wish).encode() + b"\n")
        self._process.stdin.flush()
        answer: int | None = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


class Place:
    """Where one process of the product runs, again and again: its command, port, environment and log."""

    def __init__(
        self, arguments: Sequence[str], port: int, environment: Mapping[str, str], log: Path, starter: Starter
    ) -> None:
        self._probe = "/health?deep=1" if arguments[0] == "up" else "/ready"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AGENTHUB_")}
        self._environment = {**inherited, "PYTHONPATH": "src", **_LIMITS, **environment}
        self._arguments = [*arguments, "--port", str(port), "--json"]
        self._starter = starter
        self._pid: int | None = None
        self.log = log
        self.address = f"http://127.0.0.1:{port}"

    def start(self, **environment: str) -> None:
        assert self._pid is None
        self._pid = self._starter.start(self._arguments, {**self._environment, **environment}, self.log)

    def signal(self, kind: signal.Signals) -> None:
        assert self._pid is not None
        os.kill(self._pid, kind)

    def kill(self) -> None:
        """End it as a loss of power would, then wait until it is gone; it may have ended by itself."""
        if self._pid is None:
            return
        if self._starter.exit_code(self._pid, blocking=False) is None:
            self.signal(signal.SIGKILL)
            self._starter.exit_code(self._pid, blocking=True)
        self._pid = None

    def exit_code(self) -> int | None:
        assert self._pid is not None
        return self._starter.exit_code(self._pid, blocking=False)

    async def ended(self, within: float) -> int:
        """Its exit code, once it has ended by itself."""
        deadline = time.monotonic() + within
        while (code := self.exit_code()) is None:
            assert time.monotonic() < deadline, f"still running after {within:g} s"
            await asyncio.sleep(0.02)
        self._pid = None
        return code

    async def ready(self) -> None:
        """Return when it answers that it is ready; its log is in the error when it does not."""
        deadline = time.monotonic() + READY_SECONDS
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=READY_SECONDS)) as session:
            while not await self._is_ready(session):
                if self.exit_code() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"it did not start:\n{self.log.read_text()[-4000:]}")
                await asyncio.sleep(0.02)

    async def _is_ready(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(self.address + self._probe) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False


class Installation(ABC):
    """Everything that a conversation needs, in one process or in several."""

    home: Path
    places: Mapping[str, Place]

    @abstractmethod
    def address(self, path: str) -> str:
        """Where the route of this path is served."""

    @abstractmethod
    def setup_token(self) -> str | None:
        """The token of the set-up link; None where the owner is in the settings."""

    def start(self, **environment: str) -> None:
        for place in self.places.values():
            place.start(**environment)

    async def ready(self) -> None:
        for place in self.places.values():
            await place.ready()

    def kill(self) -> None:
        for place in self.places.values():
            place.kill()


class Embedded(Installation):
    """`agenthub up`: one process over SQLite files in its own folder."""

    def __init__(self, home: Path, starter: Starter, **environment: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        settings = {"AGENTHUB_HOME": str(home), **environment}
        self.place = Place(["up"], free_port(), settings, home / "process.log", starter)
        self.places = {"up": self.place}

    def address(self, path: str) -> str:
        return self.place.address + path

    def setup_token(self) -> str | None:
        for line in self.place.log.read_text().splitlines():
            if '"setup_link": "' in line:
                return line.rpartition("token=")[2].strip('",')
        raise AssertionError("no set-up link was printed")


class Apart(Installation):
    """`agenthub serve NAME` for each service, over PostgreSQL and Redis."""

    def __init__(
        self, home: Path, starter: Starter, engines: Mapping[str, str], names: Sequence[str] = TALKING
    ) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self._starter = starter
        self._routes = routing_table(load_all())
        self._ports = {name: free_port() for name in names}
        known = ",".join(f"{name}=http://127.0.0.1:{port}" for name, port in self._ports.items())
        self._environment = {
            "AGENTHUB_HOME": str(home),
            "AGENTHUB_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "AGENTHUB_HOST_SERVICES": known,
            "AGENTHUB_AUTH_ADMIN_EMAIL": OWNER,
            "AGENTHUB_AUTH_ADMIN_PASSWORD": PASSWORD,
            **engines,
        }
        self.places = {name: self.replica(name, "1", port) for name, port in self._ports.items()}

    def replica(self, name: str, number: str, port: int | None = None) -> Place:
        """One more process of a service, which nobody calls unless it has the service's port."""
        assert load(name)
        environment = {**self._environment, "AGENTHUB_HOST_REPLICA": number}
        log = self.home / f"{name}-{number}.log"
        return Place(["serve", name], port or free_port(), environment, log, self._starter)

    def address(self, path: str) -> str:
        parts = path.partition("?")[0].split("/")
        name = self._routes.get("/".join(parts[:3])) or self._routes["/".join(parts[:2])]
        return f"http://127.0.0.1:{self._ports[name]}{path}"

    def setup_token(self) -> str | None:
        return None
