import subprocess
import sys

import click
import pytest

from agenthub.cli.exits import exit_code
from agenthub.cli.group import COMMANDS, agenthub, main
from agenthub.kit.errors import KINDS, Misconfigured, Problem


@pytest.mark.parametrize("name", COMMANDS)
def test_the_short_help_is_the_commands_own_first_sentence(name: str) -> None:
    command = agenthub.get_command(click.Context(agenthub), name)
    assert command is not None
    assert command.name == name
    assert (command.help or "").splitlines()[0] == COMMANDS[name][1]


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; from agenthub.cli import main\ntry:\n main()\nexcept SystemExit: pass\nprint(*sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", code, "--help"],
        env={"PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    loaded = set(shown.stdout.split())
    assert "Exit codes: 0 done" in shown.stdout
    assert loaded & {"fastapi", "sqlalchemy", "aiohttp", "pydantic", "cryptography"} == set()


def run(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["agenthub", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_a_mistyped_command_names_the_nearest_and_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("servces", monkeypatch=monkeypatch) == 2
    told = capsys.readouterr()
    assert "Did you mean 'services'?" in told.err
    assert told.out == ""


def test_a_mistyped_service_names_the_nearest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("serve", "gatway", monkeypatch=monkeypatch) == 2
    assert "Did you mean 'gateway'?" in capsys.readouterr().err


def test_services_and_events_are_printed_as_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    assert run("services", "--json", monkeypatch=monkeypatch) == 0
    services = json.loads(capsys.readouterr().out)
    assert {"name": "gateway", "port": 8000}.items() <= services[0].items()
    assert run("events", "--json", monkeypatch=monkeypatch) == 0
    topics = [event["topic"] for event in json.loads(capsys.readouterr().out)]
    assert "conversations.message_added" in topics
    assert run("events", monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().out.startswith("TOPIC")


def test_settings_do_not_show_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    monkeypatch.setenv("AGENTHUB_HOME", str(tmp_path))
    monkeypatch.setenv("AGENTHUB_HOST_BLOBS_SECRET_KEY", "hunter2hunter2")
    monkeypatch.setenv("DATABASE_URL", "postgresql://agenthub:hunter2hunter2@db/x")
    assert run("settings", "host", monkeypatch=monkeypatch) == 0
    shown = capsys.readouterr().out
    assert "hunter2" not in shown
    assert "host.blobs_secret_key" in shown
    assert "gateway.json_limit_bytes" not in shown


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_problem_has_its_exit_code(kind: type[Problem]) -> None:
    expected = {401: 3, 403: 3, 404: 4, 409: 5, 412: 5, 429: 75, 503: 75}.get(kind.status, 1)
    assert exit_code(kind("x")) == expected


def test_a_wrong_configuration_is_no_temporary_trouble() -> None:
    assert exit_code(Misconfigured("x")) == 1
