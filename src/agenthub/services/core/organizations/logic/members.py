"""Members of the caller's organization: who they are, what they may do, and their leaving."""

from collections.abc import Sequence
from datetime import datetime

from agenthub.contracts.organizations import MemberChanged, MemberRemoved
from agenthub.contracts.permissions import BUILT_IN_ROLES, permissions_of
from agenthub.kit.errors import Forbidden, Problem
from agenthub.kit.ids import is_id
from agenthub.services.core.organizations import models
from agenthub.services.core.organizations.errors import (
    LastOwner,
    MemberUnknown,
    RolesBeyondYours,
    RolesInvalid,
)
from agenthub.services.core.organizations.logic.tenants import Ctx, require_active
from agenthub.services.core.organizations.models import MemberRow

OPERATOR = "operator"
MANAGE = "members:manage"
Position = tuple[datetime, str]


async def members(ctx: Ctx, organization_id: str, limit: int, after: Position | None) -> Sequence[MemberRow]:
    """Up to `limit` members in the order in which they joined."""
    require_active(ctx, organization_id)
    if after is None:
        return await ctx.db.all(models.MEMBERS, MemberRow, limit=limit)
    return await ctx.db.all(models.MEMBERS_AFTER, MemberRow, limit=limit, joined_at=after[0], after=after[1])


async def give_roles(ctx: Ctx, organization_id: str, user_id: str, roles: Sequence[str]) -> MemberRow:
    """Replace a member's roles; the role of the installation's operator is neither given nor taken here."""
    member = await _locked(ctx, organization_id, user_id)
    kept = [OPERATOR] if OPERATOR in member.roles else []
    chosen = list(dict.fromkeys([*roles, *kept]))
    check_roles(ctx, [*roles, *(role for role in member.roles if role != OPERATOR)], chosen=roles)
    if "owner" in member.roles and "owner" not in chosen:
        await _refuse_last_owner(ctx)
    if chosen != member.roles:
        await ctx.db.execute(models.SET_ROLES, member=user_id, new_roles=chosen, owner="owner" in chosen)
        ctx.publish(MemberChanged(organization_id=organization_id, user_id=user_id, roles=tuple(chosen)))
    return await _member(ctx, user_id)


async def remove(ctx: Ctx, organization_id: str, user_id: str) -> None:
    """Take a member out; anybody may leave, others need the right over all roles of whom they remove."""
    member = await _locked(ctx, organization_id, user_id)
    if user_id != ctx.caller.id:
        if not ctx.caller.may(MANAGE) and ctx.caller.kind != "service":
            raise Forbidden(f"this needs the permission {MANAGE}", extra={"permission": MANAGE})
        check_roles(ctx, [role for role in member.roles if role != OPERATOR])
    if "owner" in member.roles:
        await _refuse_last_owner(ctx)
    await ctx.db.execute(models.REMOVE_MEMBER, user_id=user_id)
    ctx.publish(MemberRemoved(organization_id=organization_id, user_id=user_id))


def check_roles(ctx: Ctx, roles: Sequence[str], *, chosen: Sequence[str] | None = None) -> None:
    """Raise unless the roles exist and the caller holds every permission in them."""
    given = roles if chosen is None else chosen
    unknown = [role for role in given if role not in BUILT_IN_ROLES or role == OPERATOR]
    if unknown or not given:
        known = ", ".join(role for role in BUILT_IN_ROLES if role != OPERATOR)
        raise RolesInvalid(f"roles: choose from {known}", fields={"roles": f"choose from {known}"})
    if ctx.caller.kind == "service":
        return
    beyond = sorted(permissions_of(tuple(roles)) - ctx.caller.permissions)
    if beyond:
        raise RolesBeyondYours(
            f"this includes {', '.join(beyond)}; ask an owner", extra={"permissions": beyond}
        )


async def _locked(ctx: Ctx, organization_id: str, user_id: str) -> MemberRow:
    require_active(ctx, organization_id)
    # Two owners who remove each other at the same moment must not both succeed.
    await ctx.runtime.leadership.serialize(ctx.db, f"members of {organization_id}")
    return await _member(ctx, user_id)


async def _member(ctx: Ctx, user_id: str) -> MemberRow:
    found = await ctx.db.one(models.MEMBER, MemberRow, user_id=user_id) if is_id(user_id, "usr") else None
    if found is None:
        raise _unknown_member()
    return found


async def _refuse_last_owner(ctx: Ctx) -> None:
    if await ctx.db.scalar(models.COUNT_OWNERS) < 2:  # noqa: PLR2004  one is left then
        raise LastOwner("make somebody else an owner first")


def _unknown_member() -> Problem:
    return MemberUnknown("nobody of this id belongs to the organization; see its members")
