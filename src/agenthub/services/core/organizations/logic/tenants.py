"""Organizations: made for whoever signs up or asks, seen by members, changed by those who manage them."""

from collections.abc import Sequence
from dataclasses import dataclass

from agenthub.contracts.auth import UserRegistered
from agenthub.contracts.organizations import MemberAdded, OrganizationCreated
from agenthub.kit.context import Context
from agenthub.kit.db import Session, UniqueViolatedError
from agenthub.kit.errors import Problem
from agenthub.kit.ids import is_id
from agenthub.services.core.organizations import models
from agenthub.services.core.organizations.errors import OrganizationUnknown, SlugTaken, TooManyOrganizations
from agenthub.services.core.organizations.logic.names import checked_slug, name_for, slug_candidates
from agenthub.services.core.organizations.models import ACTIVE, OrganizationRow, PlaceRow
from agenthub.services.core.organizations.settings import OrganizationsSettings

Ctx = Context[OrganizationsSettings]


@dataclass(frozen=True)
class Changes:
    """What shall be otherwise; None leaves it."""

    name: str | None = None
    slug: str | None = None
    locale: str | None = None


async def places_of(ctx: Ctx, user_id: str) -> Sequence[PlaceRow]:
    """Where the person belongs, oldest first."""
    return await ctx.db.across_organizations().all(models.PLACES, PlaceRow, user_id=user_id)


async def place_newcomer(ctx: Ctx, event: UserRegistered) -> None:
    """Give a person who has just signed up their own organization; a repetition changes nothing."""
    roles = ("owner", "operator") if event.is_first else ("owner",)
    name = name_for(event.email, event.name, event.organization_name)
    await _create(ctx, name, event.user_id, roles, locale=event.locale)


async def create(ctx: Ctx, name: str, slug: str | None, locale: str) -> PlaceRow:
    """Another organization of the caller, who owns it."""
    user_id = ctx.caller.id
    created = await ctx.db.across_organizations().scalar(models.COUNT_CREATED_BY, user_id=user_id)
    if created >= ctx.settings.organizations_per_person:
        raise TooManyOrganizations(
            f"you have made {created} organizations, as many as the operator allows",
            extra={"present": created, "allowed": ctx.settings.organizations_per_person},
        )
    organization_id = await _create(ctx, name, user_id, ("owner",), locale=locale, wished_slug=slug)
    return next(place for place in await places_of(ctx, user_id) if place.organization_id == organization_id)


async def seen_by_member(ctx: Ctx, organization_id: str) -> OrganizationRow:
    """The organization, for its members alone; to others there is none."""
    wide = ctx.db.across_organizations()
    places = await places_of(ctx, ctx.caller.id) if is_id(organization_id, "org") else []
    if ctx.caller.kind != "service" and organization_id not in {place.organization_id for place in places}:
        raise _unknown()
    row = await wide.one(models.ORGANIZATION, OrganizationRow, id=organization_id)
    if row is None:
        raise _unknown()
    return row


async def change(ctx: Ctx, organization_id: str, changes: Changes) -> OrganizationRow:
    """Change the caller's active organization."""
    require_active(ctx, organization_id)
    await ctx.db.lock()
    row = await ctx.db.one(models.ORGANIZATION, OrganizationRow, id=organization_id)
    if row is None:
        raise _unknown()
    slug = checked_slug(changes.slug) if changes.slug is not None else row.slug
    try:
        await ctx.db.execute(
            models.CHANGE_ORGANIZATION,
            id=organization_id,
            new_name=changes.name or row.name,
            new_slug=slug,
            new_locale=changes.locale or row.locale,
        )
    except UniqueViolatedError as problem:
        raise _taken(slug) from problem
    changed = await ctx.db.one(models.ORGANIZATION, OrganizationRow, id=organization_id)
    return changed or row


def require_active(ctx: Ctx, organization_id: str) -> None:
    """Rights hold in the active organization alone; any other is not there."""
    if ctx.organization_id != organization_id:
        raise _unknown()


async def add_member(ctx: Ctx, db: Session, organization_id: str, user_id: str, roles: Sequence[str]) -> bool:
    """Whether the person was no member before; says so to everyone when this unit commits."""
    added = await db.scalar(
        models.ADD_MEMBER,
        organization_id=organization_id,
        id=ctx.new_id("mem"),
        user_id=user_id,
        roles=list(roles),
        is_owner="owner" in roles,
        joined_at=ctx.now(),
    )
    if added is None:
        return False
    ctx.publish(MemberAdded(organization_id=organization_id, user_id=user_id, roles=tuple(roles)))
    return True


async def _create(
    ctx: Ctx, name: str, owner_id: str, roles: Sequence[str], *, locale: str, wished_slug: str | None = None
) -> str:
    # Of an organization that does not exist yet nobody is a member: this works across all of them.
    db = ctx.db.across_organizations()
    organization_id = ctx.new_id("org")
    slugs = [checked_slug(wished_slug)] if wished_slug else slug_candidates(name, organization_id)
    for slug in slugs:
        added = await db.scalar(
            models.ADD_ORGANIZATION,
            organization_id=organization_id,
            name=name,
            slug=slug,
            state=ACTIVE,
            locale=locale,
            created_by=owner_id,
            created_at=ctx.now(),
        )
        if added is not None:
            break
    else:
        raise _taken(wished_slug or name)
    ctx.publish(OrganizationCreated(organization_id=organization_id, name=name, owner_id=owner_id))
    await add_member(ctx, db, organization_id, owner_id, roles)
    return organization_id


def _unknown() -> Problem:
    return OrganizationUnknown(
        "you work in no such organization; see /api/organizations, and switch by /api/auth/switch-organization"
    )


def _taken(slug: str) -> Problem:
    return SlugTaken(f"{slug} is taken; choose another")
