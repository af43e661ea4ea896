"""The public routes of organizations."""

import re
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from agenthub.kit.app.routes import Router, context
from agenthub.kit.auth.access import needs, signed_in
from agenthub.kit.context import Context
from agenthub.kit.errors import Forbidden, Invalid
from agenthub.kit.pages import Page, Paging, decode_cursor
from agenthub.services.core.organizations.logic import invitations, members, tenants
from agenthub.services.core.organizations.models import MemberRow, OrganizationRow, PlaceRow
from agenthub.services.core.organizations.settings import OrganizationsSettings

router = Router()
Ctx = Annotated[Context[OrganizationsSettings], Depends(context)]
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _line(value: str) -> str:
    value = value.strip()
    if not value or _CONTROL.search(value):
        raise ValueError("write one line of text")
    return value


def _email(value: str) -> str:
    value = _line(value).lower()
    if not re.fullmatch(r"[^\s@]{1,64}@[^\s@]+", value):
        raise ValueError("this is no e-mail address")
    return value


Name = Annotated[str, Field(max_length=100), AfterValidator(_line)]
Slug = Annotated[str, Field(max_length=64)]
Locale = Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
Roles = Annotated[list[str], Field(min_length=1, max_length=20)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewOrganization(Body):
    name: Name
    slug: Slug | None = None
    locale: Locale = "en"


class OrganizationChanges(Body):
    name: Name | None = None
    slug: Slug | None = None
    locale: Locale | None = None


class RoleChange(Body):
    roles: Roles


class NewInvitation(Body):
    email: Annotated[str, Field(max_length=254), AfterValidator(_email)]
    roles: Roles = ["teammate"]


class Acceptance(Body):
    token: Annotated[str, Field(min_length=1, max_length=512)]


class Place(BaseModel):
    """An organization of yours and what you are in it."""

    id: str
    name: str
    slug: str
    roles: list[str]
    created_at: datetime


class Organization(BaseModel):
    id: str
    name: str
    slug: str
    state: str
    locale: str
    created_at: datetime


class Member(BaseModel):
    user_id: str
    email: str | None
    name: str | None
    roles: list[str]
    joined_at: datetime


class Invitation(BaseModel):
    """`token` is shown this once; hand it to the person who is invited."""

    id: str
    email: str
    roles: list[str]
    expires_at: datetime
    token: str


@router.get("/api/organizations", openapi_extra=signed_in())
async def list_organizations(ctx: Ctx) -> Page[Place]:
    """Where you belong, oldest first."""
    return Page(items=[_place(row) for row in await tenants.places_of(ctx, ctx.caller.id)])


@router.post("/api/organizations", status_code=201, openapi_extra=signed_in())
async def create_organization(ctx: Ctx, body: NewOrganization) -> Place:
    """Make another organization and own it."""
    if ctx.caller.kind != "user":
        raise Forbidden("only people make organizations", code="person_required")
    return _place(await tenants.create(ctx, body.name, body.slug, body.locale))


@router.get("/api/organizations/{organization_id}", openapi_extra=signed_in())
async def get_organization(ctx: Ctx, organization_id: str) -> Organization:
    return _organization(await tenants.seen_by_member(ctx, organization_id))


@router.put("/api/organizations/{organization_id}", openapi_extra=needs("organization:manage"))
async def change_organization(ctx: Ctx, organization_id: str, body: OrganizationChanges) -> Organization:
    """Change what the body names."""
    changes = tenants.Changes(body.name, body.slug, body.locale)
    return _organization(await tenants.change(ctx, organization_id, changes))


@router.get("/api/organizations/{organization_id}/members", openapi_extra=signed_in())
async def list_members(ctx: Ctx, organization_id: str, paging: Paging) -> Page[Member]:
    """Everybody in your active organization, in the order in which they joined."""
    after = _position(paging.cursor) if paging.cursor else None
    rows = await members.members(ctx, organization_id, paging.limit + 1, after)
    return Page.of([_member(row) for row in rows], paging.limit, _key)


@router.put("/api/organizations/{organization_id}/members/{user_id}", openapi_extra=needs("members:manage"))
async def give_roles(ctx: Ctx, organization_id: str, user_id: str, body: RoleChange) -> Member:
    """Replace a member's roles; their sessions in this organization end."""
    return _member(await members.give_roles(ctx, organization_id, user_id, body.roles))


@router.delete(
    "/api/organizations/{organization_id}/members/{user_id}", status_code=204, openapi_extra=signed_in()
)
async def remove_member(ctx: Ctx, organization_id: str, user_id: str) -> None:
    """Leave the organization, or with the right to manage members take somebody out."""
    await members.remove(ctx, organization_id, user_id)


@router.post(
    "/api/organizations/{organization_id}/invitations",
    status_code=201,
    openapi_extra=needs("members:manage"),
)
async def invite(ctx: Ctx, organization_id: str, body: NewInvitation) -> Invitation:
    """Invite an address for a week."""
    made = await invitations.invite(ctx, organization_id, body.email, body.roles)
    row = made.row
    return Invitation(
        id=row.id, email=row.email, roles=row.roles, expires_at=row.expires_at, token=made.token
    )


@router.post("/api/invitations/accept", openapi_extra=signed_in())
async def accept_invitation(ctx: Ctx, body: Acceptance) -> Place:
    """Join the organization that invited your address; then switch to it."""
    return _place(await invitations.accept(ctx, body.token))


def _place(row: PlaceRow) -> Place:
    return Place(
        id=row.organization_id, name=row.name, slug=row.slug, roles=row.roles, created_at=row.created_at
    )


def _organization(row: OrganizationRow) -> Organization:
    return Organization(
        id=row.organization_id,
        name=row.name,
        slug=row.slug,
        state=row.state,
        locale=row.locale,
        created_at=row.created_at,
    )


def _member(row: MemberRow) -> Member:
    return Member(
        user_id=row.user_id, email=row.email, name=row.name, roles=row.roles, joined_at=row.joined_at
    )


def _key(member: Member) -> tuple[str, str]:
    return member.joined_at.isoformat(), member.user_id


def _position(cursor: str) -> tuple[datetime, str]:
    joined_at, user_id = decode_cursor(cursor, str, str)
    try:
        return datetime.fromisoformat(joined_at), user_id
    except ValueError as problem:
        raise Invalid(
            "The cursor is not one of this list. Begin again without it.",
            fields={"cursor": "not of this list"},
        ) from problem
