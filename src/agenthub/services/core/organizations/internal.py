"""What organizations answers to other services."""

from agenthub.contracts.organizations import (
    InvitationQuestion,
    Membership,
    MembershipsQuestion,
    OpenInvitation,
)
from agenthub.kit.app.internal import InternalRoute
from agenthub.services.core.organizations.logic.invitations import open_invitation
from agenthub.services.core.organizations.logic.tenants import Ctx, places_of


async def memberships(ctx: Ctx, question: MembershipsQuestion) -> list[Membership]:
    return [
        Membership(
            organization_id=place.organization_id, name=place.name, slug=place.slug, roles=tuple(place.roles)
        )
        for place in await places_of(ctx, question.user_id)
    ]


async def invitation(ctx: Ctx, question: InvitationQuestion) -> OpenInvitation | None:
    row = await open_invitation(ctx, question.token, question.email)
    return None if row is None else OpenInvitation(invitation_id=row.id, organization_id=row.organization_id)


routes = [
    InternalRoute("/internal/organizations/memberships", memberships, MembershipsQuestion),
    InternalRoute("/internal/organizations/invitation", invitation, InvitationQuestion),
]
