"""Talking with an agent."""

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import click

from agenthub.cli.output import is_interactive, json_option, print_json, say
from agenthub.cli.session import current
from agenthub.kit.errors import NotFound

if TYPE_CHECKING:
    from agenthub.cli.http import Api


@click.command()
@click.option("--agent", "slug", help="Slug of the agent (the oldest published one).")
@click.argument("question", required=False)
@json_option
def chat(question: str | None, *, slug: str | None, as_json: bool) -> None:
    """Talk with an agent.

    Asks QUESTION and prints the answer as it is written, with what it rests on.

    Without QUESTION each line of standard input is asked, with what was said before; at a terminal that is a
    conversation (end it with Ctrl-D).
    """
    asyncio.run(_chat(question, slug, as_json=as_json))


async def _chat(question: str | None, slug: str | None, *, as_json: bool) -> None:
    from agenthub.cli.http import Api

    async with Api(current()) as api:
        agent = await _agent(api, slug)
        if question is not None:
            await _ask(api, agent, question, [], as_json=as_json)
            return
        if is_interactive():
            say(f"{agent['name']}: {agent['greeting']}")
        history: list[dict[str, str]] = []
        while line := await _next_line():
            answer = await _ask(api, agent, line, history, as_json=as_json)
            history += [{"author": "customer", "text": line}, {"author": "agent", "text": answer}]


async def _agent(api: "Api", slug: str | None) -> dict[str, Any]:
    agents: list[dict[str, Any]] = await api.all("/api/agents")
    published = [agent for agent in agents if agent["version_id"]]
    if slug is None and published:
        return min(published, key=lambda agent: str(agent["created_at"]))
    found = next((agent for agent in published if agent["slug"] == slug), None)
    if found is None:
        known = ", ".join(agent["slug"] for agent in published) or "none"
        asked = f"no published agent {slug!r}" if slug else "no published agent"
        raise NotFound(f"there is {asked}; published: {known}")
    return found


async def _next_line() -> str:
    """The next line that says something; empty at the end."""
    while True:
        if is_interactive():
            click.echo("> ", nl=False, err=True)
        line: str = await asyncio.to_thread(sys.stdin.readline)
        if not line or line.strip():
            return line.strip()


async def _ask(
    api: "Api", agent: dict[str, Any], question: str, history: list[dict[str, str]], *, as_json: bool
) -> str:
    body = {"message": question, "history": history}
    text = ""
    async for event in api.events(f"/api/agents/{agent['id']}/chat", body):
        if event["type"] == "piece" and not as_json:
            click.echo(event["text"], nl=False)
        elif event["type"] == "finished":
            text = str(event["text"])
            _finish(event, as_json=as_json)
    return text


def _finish(event: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(event)
        return
    click.echo()
    for citation in event["citations"]:
        page = f", page {citation['page']}" if citation.get("page") else ""
        section = " > ".join(citation.get("section") or ())
        place = f" ({section})" if section else ""
        click.echo(
            f"  [{citation['number']}] {citation['title']}{page}{place}: “{' '.join(citation['quote'].split())}”"
        )
