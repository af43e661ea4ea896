"""The agent that a new organization starts with; its texts stand in the folder `sample`."""

import tomllib
from pathlib import Path

import msgspec

from agenthub.contracts.knowledge import KnowledgeClient
from agenthub.services.intelligence.agents import statements as sql
from agenthub.services.intelligence.agents.logic.drafts import Ctx, create_agent, list_agents
from agenthub.services.intelligence.agents.logic.releases import publish
from agenthub.services.intelligence.agents.models import Definition

_FOLDER = Path(__file__).parent.parent / "sample"
_SUFFIX_CHARACTERS = 6


class _Document(msgspec.Struct, frozen=True):
    file: str
    title: str


class _Sample(msgspec.Struct, frozen=True):
    name: str
    organization: str
    language: str
    greeting: str
    instructions: str
    fallback: str
    suggested_questions: tuple[str, ...]
    documents: tuple[_Document, ...]


async def make_sample(ctx: Ctx, owner_id: str) -> None:
    """Knowledge first, then the agent over it, published; whatever is there already is left as it is."""
    if await list_agents(ctx, None, 1):
        return
    sample = msgspec.convert(tomllib.loads(_text("sample.toml")), _Sample)
    knowledge = ctx.client(KnowledgeClient)
    base = await knowledge.create_base(sample.organization, sample.language)
    for document in sample.documents:
        await knowledge.add_text(base, document.title, _text(document.file), "text/markdown")
    definition = Definition(
        greeting=sample.greeting,
        instructions=sample.instructions.strip(),
        fallback=sample.fallback,
        knowledge_base_ids=(base,),
        language="",
        suggestions=sample.suggested_questions,
    )
    slug = await _free_slug(ctx, sample.name.lower())
    agent = await create_agent(ctx, sample.name, slug, definition, owner_id=owner_id)
    await publish(ctx, agent.id, "The sample agent", author=owner_id)


async def _free_slug(ctx: Ctx, wanted: str) -> str:
    """The wanted slug for the first organization, with a suffix for the others."""
    taken = await ctx.db.across_organizations().scalar(sql.SLUG_OWNER, slug=wanted)
    return f"{wanted}-{ctx.new_id('x')[-_SUFFIX_CHARACTERS:]}" if taken else wanted


def _text(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")
