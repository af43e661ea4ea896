"""What llm does by the clock."""

from datetime import timedelta

from agenthub.kit.context import Context
from agenthub.services.intelligence.llm.models import FORGET_REQUESTS
from agenthub.services.intelligence.llm.settings import LlmSettings


async def forget_old_requests(ctx: Context[LlmSettings]) -> None:
    """Remove the metadata of requests older than the setting says, in every organization."""
    before = ctx.now() - timedelta(days=ctx.settings.request_log_days)
    await ctx.db.across_organizations().execute(FORGET_REQUESTS, before=before)
