"""The installation as a process: starts, answers, ends."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agenthub.host.catalog import SERVICES


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def agenthub(*arguments: str, home: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """A running `agenthub`, and its ready line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "agenthub.cli", *arguments, "--json"],
        env={**os.environ, "PYTHONPATH": "src", "AGENTHUB_HOME": str(home), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        text = ""
        while (line := process.stdout.readline()) and line != "}\n":
            text += line
        assert line, process.stderr.read()
        yield process, json.loads(text + line)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    home = tmp_path_factory.mktemp("home")
    with agenthub("up", "--port", str(free_port()), home=home) as (_, ready):
        yield home, ready["address"]


def test_every_service_of_the_catalogue_is_well(running: tuple[Path, str]) -> None:
    deep = get(f"{running[1]}/health?deep=1")
    assert deep["status"] == "ok"
    assert set(deep["services"]) == set(SERVICES)


def test_the_api_document_tells_of_every_service_with_public_routes(running: tuple[Path, str]) -> None:
    document = get(f"{running[1]}/openapi.json")
    tags = {tag["name"] for tag in document["tags"]}
    assert {"gateway", "conversations", "webchat"} <= tags
    for item in document["paths"].values():
        for operation in item.values():
            assert "x-access" in operation


def test_the_folder_is_for_its_owner_alone(running: tuple[Path, str]) -> None:
    home, _ = running
    for name in ("master.key", "local.json"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600


def test_a_second_one_on_the_same_folder_says_who_holds_it(running: tuple[Path, str]) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "agenthub.cli", "up", "--port", str(free_port())],
        env={**os.environ, "PYTHONPATH": "src", "AGENTHUB_HOME": str(running[0])},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert refused.returncode == 1
    assert "another agenthub (process " in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize("wish", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(wish: signal.Signals, tmp_path: Path) -> None:
    with agenthub("up", "--port", str(free_port()), home=tmp_path) as (process, ready):
        assert get(f"{ready['address']}/health") == {"status": "ok"}
        asked_at = time.monotonic()
        process.send_signal(wish)
        assert process.wait(10) == 0
        assert time.monotonic() - asked_at < 5
        assert process.stderr is not None
        assert process.stderr.read().strip() == "AgentHub has stopped."
    assert not (tmp_path / "local.json").exists()


def test_one_service_runs_alone(tmp_path: Path) -> None:
    with agenthub("serve", "conversations", "--port", str(free_port()), home=tmp_path) as (process, ready):
        assert get(f"{ready['address']}/ready")["status"] == "ok"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_each_service_can_answer_at_its_own_port_too(tmp_path: Path) -> None:
    with agenthub("up", "--port", str(free_port()), "--ports", "all", "--host", "127.0.5.1", home=tmp_path):
        assert get("http://127.0.5.1:3010/health")["service"] == "conversations"
