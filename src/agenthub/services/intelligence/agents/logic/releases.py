"""Versions: made by publishing, never changed, one of them answers."""

import hashlib

import msgspec

from agenthub.contracts.agents import AgentPublished
from agenthub.services.intelligence.agents import statements as sql
from agenthub.services.intelligence.agents.errors import NotPublished, VersionNotFound
from agenthub.services.intelligence.agents.logic.drafts import Ctx, find_agent
from agenthub.services.intelligence.agents.models import AgentRow, VersionRow, versions


async def publish(ctx: Ctx, agent_id: str, message: str, *, author: str) -> VersionRow:
    """Make the draft a version, which answers from the next message on."""
    # The next number is only the next one while nobody else counts.
    await ctx.db.lock()
    agent = await find_agent(ctx, agent_id)
    last = await ctx.db.scalar(sql.LAST_NUMBER, agent_id=agent_id)
    version = VersionRow(
        id=ctx.new_id("ver"),
        agent_id=agent_id,
        number=(last or 0) + 1,
        name=agent.name,
        definition=agent.definition,
        message=message,
        author=author,
        checksum=hashlib.sha256(msgspec.json.encode(agent.definition, order="sorted")).hexdigest(),
        created_at=ctx.now(),
    )
    await ctx.db.insert(versions, version)
    await _release(ctx, agent, version)
    return version


async def roll_back(ctx: Ctx, agent_id: str, number: int | None) -> VersionRow:
    """Have an earlier version answer: the one of this number, else the one before the present."""
    await ctx.db.lock()
    agent = await find_agent(ctx, agent_id)
    present = await present_version(ctx, agent)
    wanted = present.number - 1 if number is None else number
    version = await ctx.db.one(sql.VERSION_BY_NUMBER, VersionRow, agent_id=agent_id, number=wanted)
    if version is None:
        raise VersionNotFound(f"there is no version {wanted}; GET /api/agents/{agent_id}/versions lists them")
    await _release(ctx, agent, version, rollback_of=present.id)
    return version


async def list_versions(ctx: Ctx, agent_id: str) -> list[VersionRow]:
    """Newest first."""
    await find_agent(ctx, agent_id)
    return await ctx.db.all(sql.VERSIONS, VersionRow, agent_id=agent_id)


async def present_version(ctx: Ctx, agent: AgentRow) -> VersionRow:
    """The version that answers."""
    version = (
        await ctx.db.one(sql.VERSION, VersionRow, agent_id=agent.id, version_id=agent.version_id)
        if agent.version_id
        else None
    )
    if version is None:
        raise NotPublished(f"publish the agent first: POST /api/agents/{agent.id}/publish")
    return version


async def _release(ctx: Ctx, agent: AgentRow, version: VersionRow, rollback_of: str | None = None) -> None:
    await ctx.db.execute(sql.RELEASE, agent_id=agent.id, new_version=version.id, now=ctx.now())
    shown = version.opened()
    ctx.publish(
        AgentPublished(
            agent_id=agent.id,
            version_id=version.id,
            environment="production",
            weights={version.id: 100},
            rollback_of=rollback_of,
            name=version.name,
            slug=agent.slug,
            greeting=shown.greeting,
            suggestions=shown.suggestions,
        )
    )
