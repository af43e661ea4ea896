"""A wrong configuration ends at once, in one line that says the cause and the mend, and starts nothing."""

import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agenthub.host.foundation import lay_foundation
from agenthub.kit.secrets.keys import MasterKey
from tests.host.test_embedded import free_port


def refused(home: Path, *arguments: str, **environment: str) -> str:
    """The one line with which `agenthub up` refuses."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AGENTHUB_")}
    if "--port" not in arguments:
        arguments = (*arguments, "--port", str(free_port()))
    ended = subprocess.run(
        [sys.executable, "-m", "agenthub.cli", "up", "--home", str(home), *arguments],
        env={**inherited, "PYTHONPATH": "src", **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode in (1, 2), ended.stdout + ended.stderr
    assert ended.stdout == ""
    lines = ended.stderr.splitlines()
    assert len(lines) == 1, ended.stderr
    assert not (home / "local.json").exists()
    return lines[0]


def test_a_port_in_use_is_named_with_the_option_that_changes_it(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        line = refused(tmp_path, "--port", port)
    assert f"127.0.0.1:{port}" in line
    assert "--port" in line
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("key", ["c2hvcnQ=", "not base64!", "A" * 44])
def test_a_weak_master_key_is_refused_with_a_way_to_make_one(key: str, tmp_path: Path) -> None:
    line = refused(tmp_path, AGENTHUB_MASTER_KEY=key)
    assert "openssl rand -base64 32" in line
    assert key not in line


def test_a_master_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "master.key"
    key.write_text("kSH7Ug4m0eXwNf3yJtq8CzLr5bVd1aPo6iTxYhGk2Qw=\n")
    key.chmod(0o644)
    assert f"chmod 600 {key}" in refused(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    line = refused(file / "home")
    assert str(file / "home") in line
    assert "AGENTHUB_HOME" in line


def test_an_unknown_variable_is_refused_with_the_nearest_known_one(tmp_path: Path) -> None:
    line = refused(tmp_path, AGENTHUB_HOST_PROT="9000")
    assert "AGENTHUB_HOST_PROT" in line
    assert "AGENTHUB_HOST_PORT" in line


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[host]\nprot = 1\n", "did you mean port?"),
        ("[hots]\nport = 1\n", "did you mean host?"),
        ("[host\n", "not valid TOML"),
        ("[host]\ngrace_seconds = 999\n", "less than or equal to 300"),
        ("[gateway]\njson_limit_bytes = 1\n", "gateway.json_limit_bytes"),
    ],
)
def test_a_mistake_in_the_settings_file_is_told_with_its_place(
    content: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / "settings.toml").write_text(content)
    line = refused(tmp_path)
    assert told in line
    assert "settings.toml" in line


@pytest.mark.parametrize("variable", ["DATABASE_URL", "REDIS_URL"])
def test_an_engine_that_does_not_answer_is_named_without_its_password(variable: str, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        scheme = {"DATABASE_URL": "postgresql", "REDIS_URL": "redis"}[variable]
        url = f"{scheme}://agenthub:hunter2hunter2@127.0.0.1:{closed.getsockname()[1]}/0"
        line = refused(tmp_path, **{variable: url})
    assert variable in line
    assert "hunter2" not in line


@pytest.mark.parametrize("variable", ["DATABASE_URL", "REDIS_URL"])
def test_an_address_that_is_none_is_refused(variable: str, tmp_path: Path) -> None:
    line = refused(tmp_path, **{variable: "localhost"})
    assert variable in line


def test_a_database_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "gateway.db").write_text("this is no database" * 100)
    assert str(tmp_path / "data" / "gateway.db") in refused(tmp_path)


def test_a_bucket_without_keys_is_refused(tmp_path: Path) -> None:
    line = refused(tmp_path, AGENTHUB_HOST_BLOBS_URL="s3://bucket")
    assert "AGENTHUB_HOST_BLOBS_ACCESS_KEY" in line


def test_many_that_start_in_one_folder_at_once_all_find_it_writable(tmp_path: Path) -> None:
    def lay(_: int) -> Path:
        return lay_foundation({"AGENTHUB_HOME": str(tmp_path)}).home

    MasterKey.from_file(tmp_path / "master.key")
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lay, range(400))) == {tmp_path}
