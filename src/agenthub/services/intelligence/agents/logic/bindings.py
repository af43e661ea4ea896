"""Which agent answers on which channel account."""

from agenthub.services.intelligence.agents import statements as sql
from agenthub.services.intelligence.agents.logic.drafts import Ctx


async def bind(ctx: Ctx, agent_id: str, channel: str, account_id: str) -> None:
    """Have the agent answer there unless another one does already."""
    await ctx.db.execute(
        sql.BIND,
        id=ctx.new_id("bnd"),
        agent_id=agent_id,
        channel=channel,
        account_id=account_id,
        created_at=ctx.now(),
    )


async def resolve(ctx: Ctx, channel: str, account_id: str) -> str | None:
    """The published agent that answers there."""
    found: str | None = await ctx.db.scalar(sql.RESOLVE, channel=channel, account_id=account_id)
    return found
