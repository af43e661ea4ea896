"""What auth does when the time has come."""

from datetime import timedelta

from agenthub.kit.context import Context
from agenthub.services.core.auth import models
from agenthub.services.core.auth.logic.signing import VERIFIES_LONGER
from agenthub.services.core.auth.logic.throttle import MEMORY
from agenthub.services.core.auth.settings import AuthSettings

_KEPT_AFTER_END = timedelta(days=30)


async def forget_what_is_over(ctx: Context[AuthSettings]) -> None:
    """Drop tokens, sessions, counts and keys that decide nothing any more."""
    now = ctx.now()
    await ctx.db.execute(models.PRUNE_REFRESH_TOKENS, before=now - _KEPT_AFTER_END)
    await ctx.db.execute(models.PRUNE_SESSIONS, before=now - _KEPT_AFTER_END)
    await ctx.db.execute(models.PRUNE_FAILURES, before=now - MEMORY)
    await ctx.db.execute(models.PRUNE_SIGNING_KEYS, before=now - 2 * VERIFIES_LONGER)
