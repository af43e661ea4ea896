"""What agents does later."""

import msgspec

from agenthub.kit.service import Job
from agenthub.services.intelligence.agents.logic import samples
from agenthub.services.intelligence.agents.logic.drafts import Ctx


class SampleWanted(msgspec.Struct, frozen=True):
    """Who owns the sample agent."""

    owner_id: str


async def make_sample_agent(ctx: Ctx, wanted: SampleWanted) -> None:
    """Give the organization the sample agent with its knowledge, once."""
    await samples.make_sample(ctx, wanted.owner_id)


MAKE_SAMPLE = Job("make_sample_agent", make_sample_agent, SampleWanted)
