"""What organizations does on hearing of others."""

from agenthub.contracts.auth import UserRegistered
from agenthub.services.core.organizations import models
from agenthub.services.core.organizations.logic.invitations import join_newcomer
from agenthub.services.core.organizations.logic.tenants import Ctx, place_newcomer


async def place_new_user(ctx: Ctx, event: UserRegistered) -> None:
    """Let a newcomer join whoever invited them, or give them an organization of their own; once."""
    # One unit for all of a person's place must see and write across organizations from its first write on.
    added = await ctx.db.across_organizations().scalar(
        models.ADD_PERSON,
        user_id=event.user_id,
        email=event.email,
        name=event.name,
        registered_at=ctx.now(),
    )
    if added is None:
        return
    if event.invitation_id is None or not await join_newcomer(ctx, event):
        await place_newcomer(ctx, event)
