"""Who may import whom, between services and inside each: rules generated from the catalogue."""

import subprocess
import sys
from pathlib import Path

import pytest

from agenthub.host.catalog import SERVICES
from tests.architecture.source import ROOT

# From the manifest down; a name that a service does not have is passed over.
LAYERS = (
    ("service",),
    ("api", "internal", "handlers", "jobs"),
    ("logic",),
    ("providers", "gateways", "stores", "connector", "engines", "parsers"),
    ("models",),
    ("settings", "errors"),
)


def package_of(name: str) -> str:
    return SERVICES[name].rpartition(".")[0]


def modules_of(package: str) -> set[str]:
    folder = ROOT.parent / Path(*package.split("."))
    return {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}


def layers_of(name: str) -> str:
    present = modules_of(package_of(name))
    rows = [" : ".join(part for part in layer if part in present) for layer in LAYERS]
    listed = "\n".join(f"    {row}" for row in rows if row)
    return (
        f"[importlinter:contract:{name}]\nname = {name}: manifest > api, handlers, jobs > logic > stores > models\n"
        f"type = layers\ncontainers = {package_of(name)}\nlayers =\n{listed}\n"
    )


def generated_rules() -> str:
    packages = "\n".join(f"    {package_of(name)}" for name in SERVICES)
    independence = (
        "[importlinter:contract:independence]\nname = no service imports another\n"
        f"type = independence\nmodules =\n{packages}\n"
    )
    inside = "\n".join(layers_of(name) for name in SERVICES)
    return f"[importlinter]\nroot_package = agenthub\n\n{independence}\n{inside}"


def test_services_are_independent_and_ordered_inside(tmp_path: Path) -> None:
    rules = tmp_path / "rules.ini"
    rules.write_text(generated_rules(), encoding="utf-8")
    linter = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(sys.argv[1], no_cache=True))"
    kept = subprocess.run(
        [sys.executable, "-c", linter, str(rules)],
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert kept.returncode == 0, kept.stdout + kept.stderr
    assert f"{len(SERVICES) + 1} kept, 0 broken" in kept.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_imported_without_any_other(name: str) -> None:
    listing = (
        f"import sys, {SERVICES[name]}; print(*sorted(m for m in sys.modules if m.startswith('agenthub.')))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", listing],
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout.split()
    others = {package_of(other) for other in SERVICES} - {package_of(name)}
    strangers = [
        module
        for module in loaded
        if module.startswith(("agenthub.host", "agenthub.cli", "agenthub.sandbox"))
        or any(module == other or module.startswith(f"{other}.") for other in others)
    ]
    assert strangers == []
