"""What web chat does by the clock."""

from datetime import timedelta

from agenthub.kit.context import Context
from agenthub.services.communication.webchat import models
from agenthub.services.communication.webchat.settings import WebchatSettings


async def forget_old_events(ctx: Context[WebchatSettings]) -> None:
    """Drop what no client can ask for any more."""
    before = ctx.now() - timedelta(hours=ctx.settings.events_kept_hours)
    await ctx.db.across_organizations().execute(models.FORGET_EVENTS, before=before)
