"""An installation as its own process, measured from outside."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.engines.process import free_port

# Limits that would otherwise end a measurement that sends from one address.
_OPEN = {
    "AGENTHUB_WEBCHAT_MESSAGES_PER_MINUTE": "10000",
    "AGENTHUB_WEBCHAT_SESSIONS_PER_MINUTE": "100000",
}


@dataclass(frozen=True)
class Up:
    """`seconds` is the time from starting the process to its ready line, the interpreter's own included."""

    process: psutil.Process
    address: str
    setup_link: str | None
    seconds: float

    def cpu_seconds(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextmanager
def up(home: Path) -> Iterator[Up]:
    """`agenthub up` on this folder, ended with the context."""
    log = home.parent / "installation.log"
    begun = time.perf_counter()
    with log.open("ab") as stderr:
        child = subprocess.Popen(
            [sys.executable, "-m", "agenthub.cli", "up", "--port", str(free_port()), "--json"],
            env={**os.environ, "PYTHONPATH": "src", "AGENTHUB_HOME": str(home), **_OPEN},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    assert child.stdout is not None
    try:
        text = ""
        while (line := child.stdout.readline()) and line != "}\n":
            text += line
        if not line:
            raise SystemExit(log.read_text("utf-8"))
        seconds = time.perf_counter() - begun
        ready = json.loads(text + line)
        yield Up(psutil.Process(child.pid), ready["address"], ready["setup_link"], seconds)
    finally:
        child.terminate()
        child.wait(30)
        child.stdout.close()
