"""The tables of organizations, the shapes of their rows and the statements on them."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Boolean, Column, Index, MetaData, Text, bindparam, delete, func, select, update

from agenthub.kit.db import Json, Timestamp, installation_table, tenant_table, upsert

metadata = MetaData()

organizations = tenant_table(
    "organizations",
    metadata,
    Column("name", Text, nullable=False),
    Column("slug", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Index("ux_organizations_organization", "organization_id", unique=True),
)

people = installation_table(
    "people",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("registered_at", Timestamp, nullable=False),
    why="a person may belong to several organizations, and to none yet",
)

memberships = tenant_table(
    "memberships",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, nullable=False, index=True),
    Column("roles", Json, nullable=False),
    Column("is_owner", Boolean, nullable=False),
    Column("joined_at", Timestamp, nullable=False),
    Index("ux_memberships_person", "organization_id", "user_id", unique=True),
)

invitations = tenant_table(
    "invitations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False),
    Column("roles", Json, nullable=False),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("invited_by", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    Column("accepted_at", Timestamp),
    Index("ux_invitations_email", "organization_id", "email", unique=True),
)


class OrganizationRow(msgspec.Struct, frozen=True):
    organization_id: str
    name: str
    slug: str
    state: str
    locale: str
    created_by: str
    created_at: datetime


class PlaceRow(msgspec.Struct, frozen=True):
    """A membership with its organization."""

    organization_id: str
    name: str
    slug: str
    roles: list[str]
    created_at: datetime


class MemberRow(msgspec.Struct, frozen=True):
    user_id: str
    email: str | None
    name: str | None
    roles: list[str]
    joined_at: datetime


class PersonRow(msgspec.Struct, frozen=True):
    user_id: str
    email: str
    name: str
    registered_at: datetime


class InvitationRow(msgspec.Struct, frozen=True):
    organization_id: str
    id: str
    email: str
    roles: list[str]
    token_hash: str
    invited_by: str
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None


def _binds(*names: str) -> dict[str, Any]:
    return {name: bindparam(name) for name in names}


ACTIVE = "active"

ADD_ORGANIZATION = (
    upsert(organizations)
    .values(_binds("organization_id", "name", "slug", "state", "locale", "created_by", "created_at"))
    .on_conflict_do_nothing(index_elements=["slug"])
    .returning(organizations.c.organization_id)
)
ORGANIZATION = select(organizations).where(organizations.c.organization_id == bindparam("id"))
CHANGE_ORGANIZATION = (
    update(organizations)
    .where(organizations.c.organization_id == bindparam("id"))
    .values(name=bindparam("new_name"), slug=bindparam("new_slug"), locale=bindparam("new_locale"))
)
COUNT_CREATED_BY = (
    select(func.count()).select_from(organizations).where(organizations.c.created_by == bindparam("user_id"))
)

ADD_PERSON = (
    upsert(people)
    .values(_binds("user_id", "email", "name", "registered_at"))
    .on_conflict_do_nothing(index_elements=["user_id"])
    .returning(people.c.user_id)
)
PERSON = select(people).where(people.c.user_id == bindparam("user_id"))

PLACES = (
    select(
        memberships.c.organization_id,
        organizations.c.name,
        organizations.c.slug,
        memberships.c.roles,
        organizations.c.created_at,
    )
    .select_from(
        memberships.join(organizations, organizations.c.organization_id == memberships.c.organization_id)
    )
    .where(memberships.c.user_id == bindparam("user_id"), organizations.c.state == ACTIVE)
    .order_by(memberships.c.joined_at, memberships.c.id)
)
_MEMBER = (
    select(
        memberships.c.user_id,
        people.c.email,
        people.c.name,
        memberships.c.roles,
        memberships.c.joined_at,
    )
    .select_from(memberships.outerjoin(people, people.c.user_id == memberships.c.user_id))
    .order_by(memberships.c.joined_at, memberships.c.user_id)
)
MEMBERS = _MEMBER.limit(bindparam("limit"))
MEMBERS_AFTER = _MEMBER.where(
    (memberships.c.joined_at > bindparam("joined_at", type_=Timestamp()))
    | (
        (memberships.c.joined_at == bindparam("joined_at", type_=Timestamp()))
        & (memberships.c.user_id > bindparam("after"))
    )
).limit(bindparam("limit"))
MEMBER = _MEMBER.where(memberships.c.user_id == bindparam("user_id"))
MEMBER_BY_EMAIL = _MEMBER.where(people.c.email == bindparam("email"))
COUNT_OWNERS = select(func.count()).select_from(memberships).where(memberships.c.is_owner.is_(True))
ADD_MEMBER = (
    upsert(memberships)
    .values(_binds("organization_id", "id", "user_id", "roles", "is_owner", "joined_at"))
    .on_conflict_do_nothing(index_elements=["organization_id", "user_id"])
    .returning(memberships.c.id)
)
SET_ROLES = (
    update(memberships)
    .where(memberships.c.user_id == bindparam("member"))
    .values(roles=bindparam("new_roles"), is_owner=bindparam("owner"))
)
REMOVE_MEMBER = delete(memberships).where(memberships.c.user_id == bindparam("user_id"))

INVITATION_BY_TOKEN = select(invitations).where(invitations.c.token_hash == bindparam("token_hash"))
INVITATION_BY_ID = select(invitations).where(invitations.c.id == bindparam("id"))
DROP_INVITATION = delete(invitations).where(invitations.c.email == bindparam("email"))
COUNT_OPEN_INVITATIONS = (
    select(func.count())
    .select_from(invitations)
    .where(invitations.c.accepted_at.is_(None), invitations.c.expires_at > bindparam("now"))
)
ACCEPT_INVITATION = (
    update(invitations)
    .where(invitations.c.id == bindparam("invitation"), invitations.c.accepted_at.is_(None))
    .values(accepted_at=bindparam("now"))
)
