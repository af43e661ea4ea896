"""Knowledge bases: adding documents and asking them."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agenthub.cli.output import json_option, print_rows, say
from agenthub.cli.session import current
from agenthub.kit.errors import Invalid, NotFound

if TYPE_CHECKING:
    from agenthub.cli.http import Api

_POLL_SECONDS = 0.3


@click.group()
def kb() -> None:
    """Give agents something to know, and ask it."""


@kb.command()
@click.option("--base", "name", help="Name of the knowledge base, made if absent (the oldest one).")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@json_option
def add(files: tuple[Path, ...], *, name: str | None, as_json: bool) -> None:
    """Add FILES and wait until they can be asked."""
    documents = asyncio.run(_add(files, name))
    print_rows(documents, ["name", "state", "chunks", "reason", "id"], as_json=as_json)
    failed = [document["name"] for document in documents if document["state"] != "indexed"]
    if failed:
        raise Invalid(f"not every file can be asked: {', '.join(failed)}")


@kb.command()
@click.option("--base", "name", help="Name of the knowledge base (all of them).")
@click.option("--limit", type=click.IntRange(1, 50), default=5, show_default=True, help="Passages at most.")
@click.argument("question")
@json_option
def query(question: str, *, name: str | None, limit: int, as_json: bool) -> None:
    """Print the passages that answer QUESTION best."""
    passages = asyncio.run(_query(question, name, limit))
    if as_json:
        print_rows(passages, [], as_json=True)
        return
    for passage in passages:
        page = f", page {passage['page']}" if passage["page"] else ""
        click.echo(f"{passage['score']:.2f}  {passage['title']}{page}")
        click.echo(f"      {' '.join(passage['text'].split())}\n")


async def _add(files: tuple[Path, ...], name: str | None) -> list[dict[str, Any]]:
    from agenthub.cli.http import Api

    async with Api(current()) as api:
        base = await _base(api, name, make=True)
        path = f"/api/knowledge/{base['id']}/documents"
        added = []
        for file in files:
            say(f"{file.name}: uploading")
            stored = await api.upload("/api/files", file, purpose="knowledge")
            document = await api.post(path, {"file_id": stored["id"]})
            added.append(await _indexed(api, f"{path}/{document['id']}", file.name))
        return added


async def _indexed(api: "Api", path: str, name: str) -> dict[str, Any]:
    """The document when it has reached its end; each step on the way is told."""
    told = ""
    while True:
        document: dict[str, Any] = await api.get(path)
        step = f"{name}: {document['state']}"
        if step != told:
            say(step)
            told = step
        if document["state"] in {"indexed", "failed"}:
            return document
        await asyncio.sleep(_POLL_SECONDS)


async def _query(question: str, name: str | None, limit: int) -> list[dict[str, Any]]:
    from agenthub.cli.http import Api

    async with Api(current()) as api:
        bases = [await _base(api, name)] if name else await api.all("/api/knowledge")
        body = {
            "knowledge_base_ids": [base["id"] for base in bases],
            "question": question,
            "limit": limit,
        }
        passages: list[dict[str, Any]] = await api.post("/api/knowledge/search", body) if bases else []
    return passages


async def _base(api: "Api", name: str | None, *, make: bool = False) -> dict[str, Any]:
    bases: list[dict[str, Any]] = await api.all("/api/knowledge")
    found = next((base for base in bases if name in (None, base["name"])), None)
    if found is not None:
        return found
    if not make:
        raise NotFound(f"there is no knowledge base {name!r}; there are: {[base['name'] for base in bases]}")
    made: dict[str, Any] = await api.post("/api/knowledge", {"name": name or "Knowledge"})
    return made
