"""What organizations says: tenants, their members and what became of them."""

from typing import Any, ClassVar

import msgspec

from agenthub.kit.calls.door import Door
from agenthub.kit.events import Event


class OrganizationCreated(Event, topic="organizations.organization_created"):
    """A tenant exists; published once."""

    name: str
    owner_id: str
    parent_id: str | None = None
    region: str | None = None


class MemberAdded(Event, topic="organizations.member_added"):
    """A person belongs to the organization; published once per membership."""

    user_id: str
    roles: tuple[str, ...]
    teams: tuple[str, ...] = ()


class MemberChanged(Event, topic="organizations.member_changed"):
    """A person's roles are others than before; published at each change."""

    user_id: str
    roles: tuple[str, ...]


class MemberRemoved(Event, topic="organizations.member_removed"):
    """A person belongs to the organization no longer; published once per membership."""

    user_id: str
    successor_id: str | None = None


class OrganizationDeleted(Event, topic="organizations.organization_deleted"):
    """A tenant is gone for good and every service erases what it holds; once, after the grace period."""

    erasure_run_id: str


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """A person's place in an organization."""

    organization_id: str
    name: str
    slug: str
    roles: tuple[str, ...]


class MembershipsQuestion(msgspec.Struct, frozen=True, kw_only=True):
    user_id: str


class InvitationQuestion(msgspec.Struct, frozen=True, kw_only=True):
    token: str
    email: str


class OpenInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation that may still be accepted by this address."""

    invitation_id: str
    organization_id: str


_MaybeInvitation: Any = OpenInvitation | None


class OrganizationsClient:
    """The door to organizations."""

    service: ClassVar[str] = "organizations"

    def __init__(self, door: Door) -> None:
        self._door = door

    async def memberships(self, user_id: str) -> list[Membership]:
        """Where the person belongs, oldest first; empty while a sign-up is still being placed."""
        question = MembershipsQuestion(user_id=user_id)
        return await self._door.post("/internal/organizations/memberships", question, list[Membership])

    async def invitation(self, token: str, email: str) -> OpenInvitation | None:
        """What the token invites this address to; None when it is unknown, used, over or another's."""
        question = InvitationQuestion(token=token, email=email)
        found: OpenInvitation | None = await self._door.post(
            "/internal/organizations/invitation", question, _MaybeInvitation
        )
        return found
