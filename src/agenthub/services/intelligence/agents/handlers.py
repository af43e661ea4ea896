"""What agents does on hearing what happened elsewhere."""

from agenthub.contracts.channels import ChannelConnected
from agenthub.contracts.organizations import OrganizationCreated
from agenthub.services.intelligence.agents import jobs
from agenthub.services.intelligence.agents.errors import AgentNotFound
from agenthub.services.intelligence.agents.logic import bindings
from agenthub.services.intelligence.agents.logic.drafts import Ctx, find_agent


async def offer_binding(ctx: Ctx, event: ChannelConnected) -> None:
    """Have the agent for which the account was made answer there; a binding that stands is kept."""
    if event.for_agent_id is None:
        return
    try:
        agent = await find_agent(ctx, event.for_agent_id)
    except AgentNotFound:
        # It was deleted while the account was being made: nobody is left to bind.
        return
    await bindings.bind(ctx, agent.id, event.channel, event.account_id)


async def offer_sample(ctx: Ctx, event: OrganizationCreated) -> None:
    """Let a new organization begin with an agent that answers."""
    if ctx.settings.offer_sample:
        ask = jobs.SampleWanted(owner_id=event.owner_id)
        ctx.enqueue(jobs.MAKE_SAMPLE, ask, once_as=ctx.organization_id)
