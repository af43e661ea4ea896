"""Invitations: made for one mail address, good once, for a week."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from agenthub.contracts.auth import UserRegistered
from agenthub.services.core.organizations import models
from agenthub.services.core.organizations.errors import AlreadyMember, InvitationUnknown, TooManyInvitations
from agenthub.services.core.organizations.logic.members import check_roles
from agenthub.services.core.organizations.logic.tenants import Ctx, add_member, places_of, require_active
from agenthub.services.core.organizations.models import InvitationRow, MemberRow, PersonRow, PlaceRow

_PREFIX = "ivt_"
_TOKEN_BYTES = 32


@dataclass(frozen=True)
class Invited:
    """An invitation with its token in clear, which is shown this once."""

    row: InvitationRow
    token: str


async def invite(ctx: Ctx, organization_id: str, email: str, roles: Sequence[str]) -> Invited:
    """Invite an address; another invitation to it is replaced."""
    require_active(ctx, organization_id)
    check_roles(ctx, roles)
    await ctx.runtime.leadership.serialize(ctx.db, f"invitations of {organization_id}")
    if await ctx.db.one(models.MEMBER_BY_EMAIL, MemberRow, email=email) is not None:
        raise AlreadyMember("change their roles instead")
    await ctx.db.execute(models.DROP_INVITATION, email=email)
    present = await ctx.db.scalar(models.COUNT_OPEN_INVITATIONS, now=ctx.now())
    if present >= ctx.settings.open_invitations:
        raise TooManyInvitations(
            f"{present} invitations are open; wait until some are accepted or over",
            extra={"present": present, "allowed": ctx.settings.open_invitations},
        )
    token = _PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)
    row = InvitationRow(
        organization_id=organization_id,
        id=ctx.new_id("ivt"),
        email=email,
        roles=list(dict.fromkeys(roles)),
        token_hash=_hash(token),
        invited_by=ctx.caller.id,
        created_at=ctx.now(),
        expires_at=ctx.now() + timedelta(days=ctx.settings.invitation_days),
        accepted_at=None,
    )
    await ctx.db.insert(models.invitations, row)
    return Invited(row, token)


async def open_invitation(ctx: Ctx, token: str, email: str) -> InvitationRow | None:
    """What the token invites this address to, as long as it may be accepted."""
    db = ctx.db.across_organizations()
    row = await db.one(models.INVITATION_BY_TOKEN, InvitationRow, token_hash=_hash(token))
    if (
        row is None
        or row.accepted_at is not None
        or row.expires_at <= ctx.now()
        or row.email != email.lower()
    ):
        return None
    return row


async def accept(ctx: Ctx, token: str) -> PlaceRow:
    """Join by a token that was made for the caller's own address."""
    person = await ctx.db.one(models.PERSON, PersonRow, user_id=ctx.caller.id)
    row = await open_invitation(ctx, token, person.email) if person else None
    if row is None or not await _join(ctx, row, ctx.caller.id):
        raise InvitationUnknown(
            "it is used, over, or for another address; ask whoever invited you for a new one"
        )
    places = await places_of(ctx, ctx.caller.id)
    return next(place for place in places if place.organization_id == row.organization_id)


async def join_newcomer(ctx: Ctx, event: UserRegistered) -> bool:
    """Whether a person who signed up by an invitation could join by it."""
    db = ctx.db.across_organizations()
    row = await db.one(models.INVITATION_BY_ID, InvitationRow, id=event.invitation_id)
    return row is not None and row.email == event.email and await _join(ctx, row, event.user_id)


async def _join(ctx: Ctx, row: InvitationRow, user_id: str) -> bool:
    db = ctx.db.across_organizations()
    if not await db.execute(models.ACCEPT_INVITATION, invitation=row.id, now=ctx.now()):
        return False
    await add_member(ctx, db, row.organization_id, user_id, row.roles)
    return True


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
