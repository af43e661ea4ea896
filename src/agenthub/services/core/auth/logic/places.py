"""Where somebody belongs: asked of organizations, with patience while a sign-up is being placed."""

import asyncio
from collections.abc import Sequence

from agenthub.contracts.organizations import Membership, OrganizationsClient
from agenthub.kit.context import Context
from agenthub.kit.errors import NotFound, Unavailable
from agenthub.services.core.auth.models import Credential, SessionRow
from agenthub.services.core.auth.settings import AuthSettings

_FIRST_PAUSE_SECONDS = 0.01
_LONGEST_PAUSE_SECONDS = 0.2
# An account older than this is not being placed: its owner has left every organization.
_PLACING_TAKES_SECONDS = 120.0


async def memberships(ctx: Context[AuthSettings], user_id: str) -> Sequence[Membership]:
    return await ctx.client(OrganizationsClient).memberships(user_id)


async def place_of(ctx: Context[AuthSettings], person: Credential) -> Membership | None:
    """The first organization of a person who signs in; None when there is none, or not in time."""
    age = (ctx.now() - person.created_at).total_seconds()
    patience = ctx.settings.placing_seconds if age < _PLACING_TAKES_SECONDS else 0
    found: Sequence[Membership] = ()
    try:
        async with asyncio.timeout(patience or None):
            found = await _asked(ctx, person.user_id, again=patience > 0)
    except (TimeoutError, Unavailable):
        ctx.runtime.log.warning("not_placed_yet", user_id=person.user_id)
    return found[0] if found else None


async def place_of_session(ctx: Context[AuthSettings], session: SessionRow) -> Membership | None:
    """The session's organization with today's roles; another of theirs when they have left it.

    Raises Unavailable when organizations cannot be asked: yesterday's roles are nobody's right.
    """
    found = await memberships(ctx, session.user_id)
    same = [place for place in found if place.organization_id == session.organization_id]
    return next(iter([*same, *found]), None)


async def place_in(ctx: Context[AuthSettings], user_id: str, organization_id: str) -> Membership:
    """This person's place in this organization; NotFound when they do not belong to it."""
    for place in await memberships(ctx, user_id):
        if place.organization_id == organization_id:
            return place
    raise NotFound("you belong to no such organization; see /api/organizations")


async def _asked(ctx: Context[AuthSettings], user_id: str, *, again: bool) -> Sequence[Membership]:
    pause = _FIRST_PAUSE_SECONDS
    while not (found := await memberships(ctx, user_id)) and again:
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
    return found
