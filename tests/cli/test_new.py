import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the source that may be written to."""
    ignored = shutil.ignore_patterns("__pycache__")
    for part in ("src", "tests/services", "tests/engines"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=ignored)
    for file in ("pyproject.toml", "tests/conftest.py", "tests/doors.py"):
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def run(checkout: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_new_service_runs_and_passes_the_checks(checkout: Path) -> None:
    made = run(checkout, "agenthub.cli", "new", "loyalty", "--summary", "Counts points.", "--json")
    assert made.returncode == 0, made.stderr
    files = [file for file in json.loads(made.stdout) if file.endswith(".py")]
    assert all(Path(file).is_relative_to(checkout) for file in files)
    listed = json.loads(run(checkout, "agenthub.cli", "services", "--json").stdout)
    assert listed[-1]["summary"] == "Counts points."
    for check in (("ruff", "check", *files), ("ruff", "format", "--check", *files)):
        checked = run(checkout, *check)
        assert checked.returncode == 0, checked.stdout
    tested = run(checkout, "pytest", "-q", "-k", "sqlite", "tests/services/loyalty")
    assert "1 passed" in tested.stdout, tested.stdout


@pytest.mark.parametrize(("name", "code"), [("gateway", 5), ("Not-A-Name", 1)])
def test_a_name_that_is_taken_or_none_is_refused(name: str, code: int, checkout: Path) -> None:
    assert run(checkout, "agenthub.cli", "new", name).returncode == code
