"""From an empty folder to a cited answer by the command line alone."""

import json
import os
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.host.test_embedded import agenthub, free_port

PASSWORD = "a long enough passphrase"


def run(home: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agenthub.cli", *arguments],
        env={**os.environ, "PYTHONPATH": "src", "AGENTHUB_HOME": str(home)},
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def post(url: str, body: Any) -> Any:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Running, owned by Ann, with the sample agent published."""
    home = tmp_path_factory.mktemp("home")
    with agenthub("up", "--port", str(free_port()), home=home) as (_, ready):
        token = ready["setup_link"].partition("token=")[2]
        owner = {"token": token, "email": "ann@example.com", "password": PASSWORD, "name": "Ann"}
        post(f"{ready['address']}/api/auth/setup", {**owner, "organization_name": "Fern"})
        until = time.monotonic() + 30
        while run(home, "chat", "Hello").returncode and time.monotonic() < until:
            pass
        yield home, ready["address"]


def test_a_question_is_answered_from_the_sample_with_its_source(installation: tuple[Path, str]) -> None:
    answered = run(installation[0], "chat", "--json", "How many days do I have to return an item?")
    answer = json.loads(answered.stdout)
    assert answer["outcome"] == "answered"
    assert "45 days" in answer["text"]
    assert answer["citations"][0]["title"]


def test_passages_are_found(installation: tuple[Path, str]) -> None:
    found = json.loads(run(installation[0], "kb", "query", "--json", "return window in days").stdout)
    assert "45 days" in " ".join(passage["text"] for passage in found)


def test_what_is_not_there_ends_with_4(installation: tuple[Path, str]) -> None:
    missing = run(installation[0], "chat", "--agent", "nobody", "Hello")
    assert (missing.returncode, missing.stdout) == (4, "")
    assert "nobody" in missing.stderr


def test_lines_of_standard_input_are_a_conversation(installation: tuple[Path, str]) -> None:
    talked = run(installation[0], "chat", given="Hello\n\nHow many days do I have to return an item?\n")
    assert talked.returncode == 0
    assert "45 days" in talked.stdout


def test_a_login_is_kept_for_its_user_alone(installation: tuple[Path, str], tmp_path: Path) -> None:
    _, address = installation
    signed_in = run(tmp_path, "login", "--url", address, "--email", "ann@example.com", given=f"{PASSWORD}\n")
    assert (signed_in.returncode, signed_in.stdout) == (0, "")
    assert stat.S_IMODE((tmp_path / "login.json").stat().st_mode) == 0o600
    assert PASSWORD not in (tmp_path / "login.json").read_text()
    assert run(tmp_path, "kb", "query", "returns").returncode == 0


def test_a_wrong_password_ends_with_3(installation: tuple[Path, str], tmp_path: Path) -> None:
    refused = run(tmp_path, "login", "--url", installation[1], "--email", "ann@example.com", given="wrong\n")
    assert refused.returncode == 3
    assert not (tmp_path / "login.json").exists()


def test_nothing_running_and_nobody_signed_in_ends_with_3(tmp_path: Path) -> None:
    lost = run(tmp_path, "chat", "Hello")
    assert lost.returncode == 3
    assert "agenthub up" in lost.stderr


def test_an_installation_that_does_not_answer_ends_with_75(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    lost = run(tmp_path, "login", "--url", address, "--email", "a@b.example", given="x\n")
    assert lost.returncode == 75


def test_the_doctor_finds_a_running_installation_well(installation: tuple[Path, str]) -> None:
    seen = run(installation[0], "doctor", "--json")
    assert seen.returncode == 0
    states = {finding["check"]: finding["state"] for finding in json.loads(seen.stdout)}
    assert states["running"] == "ok"
    assert "wrong" not in states.values()


def test_the_doctor_says_what_is_wrong_and_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[host]\nprot = 1\n")
    seen = run(tmp_path, "doctor")
    assert seen.returncode == 1
    assert "did you mean port?" in seen.stdout


def test_a_backup_of_a_running_installation_brings_everything_back(
    installation: tuple[Path, str], tmp_path: Path
) -> None:
    archive, home = tmp_path / "all.tar.gz", tmp_path / "home"
    taken = run(installation[0], "backup", str(archive))
    assert taken.returncode == 0, taken.stderr
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert run(installation[0], "backup", str(archive)).returncode == 5
    brought = run(home, "restore", str(archive))
    assert brought.returncode == 0, brought.stderr
    assert run(home, "restore", str(archive)).returncode == 5
    with agenthub("up", "--port", str(free_port()), home=home) as (_, ready):
        assert ready["setup_link"] is None
        login = ("login", "--url", ready["address"], "--email", "ann@example.com")
        assert run(home, *login, given=f"{PASSWORD}\n").returncode == 0
        answer = run(home, "chat", "--json", "How many days do I have to return an item?")
        assert "45 days" in json.loads(answer.stdout)["text"]


def test_a_damaged_backup_leaves_nothing_behind(installation: tuple[Path, str], tmp_path: Path) -> None:
    archive, home = tmp_path / "all.tar.gz", tmp_path / "home"
    assert run(installation[0], "backup", str(archive)).returncode == 0
    content = archive.read_bytes()
    archive.write_bytes(content[: len(content) // 2])
    refused = run(home, "restore", str(archive))
    assert refused.returncode == 1
    assert "damaged" in refused.stderr
    assert list(tmp_path.iterdir()) == [archive]


def test_databases_go_back_a_version_and_forward_again(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    back = run(tmp_path, "migrate", "conversations", "--to", "conversations@base")
    assert back.returncode == 0, back.stderr
    assert run(tmp_path, "migrate", "conversations").returncode == 0
    assert run(tmp_path, "migrate", "--to", "x").returncode == 2


def test_an_added_file_can_be_asked_at_once(installation: tuple[Path, str], tmp_path: Path) -> None:
    file = tmp_path / "parking.md"
    file.write_text("# Parking\n\nThe car park closes at 21:40 every evening.\n")
    added = run(installation[0], "kb", "add", "--json", str(file))
    assert added.returncode == 0, added.stderr
    assert [document["state"] for document in json.loads(added.stdout)] == ["indexed"]
    answer = run(installation[0], "chat", "--json", "When does the car park close?")
    assert json.loads(answer.stdout)["citations"][0]["title"] == "Parking"
    assert "21:40" in json.loads(answer.stdout)["text"]
