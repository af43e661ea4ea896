"""What auth does on hearing of others."""

from agenthub.contracts.organizations import MemberChanged, MemberRemoved
from agenthub.kit.context import Context
from agenthub.services.core.auth.logic.sessions import end_all
from agenthub.services.core.auth.settings import AuthSettings


async def end_sessions_of_removed(ctx: Context[AuthSettings], event: MemberRemoved) -> None:
    await end_all(ctx, event.user_id, "member_removed", organization_id=event.organization_id)


async def end_sessions_of_changed(ctx: Context[AuthSettings], event: MemberChanged) -> None:
    """Whoever gained or lost a right signs in again, so that no token says otherwise."""
    await end_all(ctx, event.user_id, "roles_changed", organization_id=event.organization_id)
