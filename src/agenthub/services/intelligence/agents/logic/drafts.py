"""Agents as they are edited: made, changed, removed."""

import msgspec

from agenthub.contracts.agents import AgentCreated, AgentDeleted
from agenthub.kit.context import Context
from agenthub.kit.db import UniqueViolatedError
from agenthub.services.intelligence.agents import statements as sql
from agenthub.services.intelligence.agents.errors import AgentNotFound, DraftChanged, SlugTaken
from agenthub.services.intelligence.agents.models import AgentRow, Definition, agents
from agenthub.services.intelligence.agents.settings import AgentsSettings

Ctx = Context[AgentsSettings]
_AFTER_ALL = "~"


async def find_agent(ctx: Ctx, agent_id: str) -> AgentRow:
    row = await ctx.db.one(sql.AGENT, AgentRow, agent_id=agent_id)
    if row is None:
        raise AgentNotFound(f"there is no agent {agent_id} in your organization")
    return row


async def list_agents(ctx: Ctx, before: str | None, up_to: int) -> list[AgentRow]:
    """Newest first."""
    return await ctx.db.all(sql.AGENTS_BEFORE, AgentRow, before=before or _AFTER_ALL, up_to=up_to)


async def create_agent(ctx: Ctx, name: str, slug: str, definition: Definition, *, owner_id: str) -> AgentRow:
    """A draft that nobody can talk with yet; SlugTaken when the slug is another agent's."""
    now = ctx.now()
    row = AgentRow(
        id=ctx.new_id("agt"),
        name=name,
        slug=slug,
        owner_id=owner_id,
        state="draft",
        definition=msgspec.to_builtins(definition),
        revision=1,
        version_id=None,
        created_at=now,
        updated_at=now,
    )
    try:
        await ctx.db.insert(agents, row)
    except UniqueViolatedError as problem:
        raise _taken(slug) from problem
    ctx.publish(AgentCreated(agent_id=row.id, created_by=owner_id))
    return row


async def save_draft(ctx: Ctx, read: AgentRow, name: str, slug: str, definition: Definition) -> AgentRow:
    """Change what was read; DraftChanged when somebody saved in between."""
    now = ctx.now()
    content = msgspec.to_builtins(definition)
    try:
        changed = await ctx.db.execute(
            sql.SAVE_DRAFT,
            agent_id=read.id,
            read_revision=read.revision,
            new_name=name,
            new_slug=slug,
            new_definition=content,
            now=now,
        )
    except UniqueViolatedError as problem:
        raise _taken(slug) from problem
    if not changed:
        raise DraftChanged("read the agent again and repeat your change")
    return msgspec.structs.replace(
        read, name=name, slug=slug, definition=content, revision=read.revision + 1, updated_at=now
    )


async def delete_agent(ctx: Ctx, agent_id: str) -> None:
    """Remove the agent with its versions and bindings; its runs stay, for they were paid for."""
    if not await ctx.db.execute(sql.REMOVE_AGENT, agent_id=agent_id):
        raise AgentNotFound(f"there is no agent {agent_id} in your organization")
    await ctx.db.execute(sql.REMOVE_VERSIONS, agent_id=agent_id)
    await ctx.db.execute(sql.REMOVE_BINDINGS, agent_id=agent_id)
    ctx.publish(AgentDeleted(agent_id=agent_id))


def _taken(slug: str) -> SlugTaken:
    return SlugTaken(f"the slug {slug} belongs to another agent; choose another one")
