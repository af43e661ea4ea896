"""The minimum of a new service: folder, contract, test and its line in the catalogue."""

import re
from pathlib import Path

import agenthub
from agenthub.host.catalog import SERVICES, load_all
from agenthub.kit.errors import Conflict, Misconfigured

_NAME = re.compile(r"[a-z][a-z0-9]{2,19}")
_SERVICE = '''"""The manifest of {name}."""

from pathlib import Path

from agenthub.kit.service import Service
from agenthub.services.{group}.{name} import api

service = Service(
    name="{name}",
    summary="{summary}",
    folder=Path(__file__).parent,
    port={port},
    prefixes=["/api/{name}"],
    routes=[api.router],
)
'''
_API = '''"""The public routes of {name}."""

from pydantic import BaseModel

from agenthub.kit.app.routes import Router
from agenthub.kit.auth.access import signed_in

router = Router()


class State(BaseModel):
    service: str


@router.get("/api/{name}", openapi_extra=signed_in())
async def show_state() -> State:
    return State(service="{name}")
'''
_TEST = """from agenthub.kit.auth.principal import Principal
from agenthub.services.{group}.{name}.service import service
from tests.doors import Start

MEMBER = Principal(kind="user", id="usr_1", organization_id="org_1")


async def test_only_those_who_are_signed_in_are_answered(start: Start) -> None:
    async with start(service) as running:
        assert (await running.request("GET", "/api/{name}")).status == 401
        answer = await running.request("GET", "/api/{name}", by=MEMBER)
        assert answer.json() == {{"service": "{name}"}}
"""


def scaffold(name: str, group: str, summary: str) -> list[Path]:
    """Write the files into the source tree that this runs from; answers them, the catalogue included."""
    package = Path(agenthub.__file__).parent
    root = package.parents[1]
    if not (root / "pyproject.toml").is_file():
        raise Misconfigured("services are added in a checkout of the source; run this from its environment")
    if not _NAME.fullmatch(name):
        raise Misconfigured(f"{name!r} is no name for a service: 3 to 20 small letters and digits")
    if name in SERVICES:
        raise Conflict(f"there is a service {name} already")
    port = max(service.port for service in load_all() if service.name != "gateway") + 1
    facts = {"name": name, "group": group, "summary": summary, "port": port}
    folder = package / "services" / group / name
    files = {
        folder / "__init__.py": f'"""{summary}"""\n',
        folder / "service.py": _SERVICE.format(**facts),
        folder / "api.py": _API.format(**facts),
        package / "contracts" / f"{name}.py": f'"""What {name} says."""\n',
        root / "tests" / "services" / name / f"test_{name}.py": _TEST.format(**facts),
    }
    taken = [str(path) for path in files if path.exists()]
    if taken:
        raise Conflict(f"{', '.join(taken)} exists already")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [*files, _add_to_catalogue(package / "host" / "catalog.py", name, group)]


def _add_to_catalogue(catalogue: Path, name: str, group: str) -> Path:
    text = catalogue.read_text(encoding="utf-8")
    head, closing, tail = text.partition("\n}\n")
    line = f'\n    "{name}": "agenthub.services.{group}.{name}.service",'
    catalogue.write_text(head + line + closing + tail, encoding="utf-8")
    return catalogue
