"""What must not be written where."""

import ast
import re

from tests.architecture.source import ROOT, Source, sources

FRAMEWORKS = {"fastapi", "starlette", "sqlalchemy", "aiohttp", "pydantic", "uvicorn", "alembic", "click"}
# Time, chance, environment, engines and HTTP clients are handed in; only these parts make them.
MAKERS = ("kit/", "host/", "sandbox/", "cli/")
USED = re.compile(
    r"datetime\.(datetime\.)?(now|utcnow|today)|datetime\.date\.today|time\.time(_ns)?"
    r"|os\.(environ|getenv)|(random|uuid)\.\w+|(sqlalchemy\.)?(ext\.asyncio\.)?create_(async_)?engine"
)
# Named in annotations by whoever is handed one, so only the making counts.
CALLED = re.compile(r"aiohttp\.ClientSession")


def made_outside(source: Source) -> list[str]:
    used = {name for name in source.dotted_names() if USED.fullmatch(name)}
    called = {name for name in source.dotted_names(called=True) if CALLED.fullmatch(name)}
    return [f"{source.name}: {name}" for name in sorted(used | called)]


def test_only_kit_host_sandbox_and_cli_make_clocks_chance_engines_and_clients() -> None:
    found = [
        line for source in sources() if not source.name.startswith(MAKERS) for line in made_outside(source)
    ]
    assert found == []


def test_the_rule_would_see_what_it_forbids() -> None:
    text = (
        "import os\nimport random\nfrom datetime import datetime\nfrom aiohttp import ClientSession as S\n"
        "datetime.now()\nos.environ['X']\nrandom.random()\nS()\n"
    )
    source = Source(ROOT / "x.py", text, ast.parse(text))
    assert {line.partition(": ")[2] for line in made_outside(source)} == {
        "datetime.datetime.now",
        "os.environ",
        "random.random",
        "aiohttp.ClientSession",
    }


def test_services_write_no_sql_as_text() -> None:
    found = [
        source.name
        for source in sources("services")
        if not source.is_migration
        and "sqlalchemy.text"
        in set(source.dotted_names()) | {f"{module}.{name}" for module, name in source.imports()}
    ]
    assert found == []


def test_contracts_carry_no_framework() -> None:
    found = [
        f"{source.name}: {module}"
        for source in sources("contracts")
        for module, _ in source.imports()
        if module.partition(".")[0] in FRAMEWORKS
    ]
    assert found == []


def test_the_kit_knows_no_domain_noun() -> None:
    found = [
        f"{source.name}: {module}"
        for source in sources("kit")
        for module, _ in source.imports()
        if module.startswith("agenthub.") and not module.startswith("agenthub.kit")
    ]
    assert found == []
