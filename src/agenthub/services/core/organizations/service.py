"""The manifest of organizations."""

from pathlib import Path

from agenthub.contracts.auth import UserRegistered
from agenthub.contracts.organizations import MemberAdded, MemberChanged, MemberRemoved, OrganizationCreated
from agenthub.kit.service import Service
from agenthub.services.core.organizations import api, handlers, internal, models
from agenthub.services.core.organizations.settings import OrganizationsSettings

service = Service(
    name="organizations",
    summary="Makes the installation multi-tenant: organizations, their members and invitations.",
    folder=Path(__file__).parent,
    port=3003,
    prefixes=["/api/organizations", "/api/invitations"],
    settings=OrganizationsSettings,
    tables=models.metadata,
    routes=[api.router],
    internal=internal.routes,
    publishes=[OrganizationCreated, MemberAdded, MemberChanged, MemberRemoved],
    subscribes={UserRegistered: handlers.place_new_user},
)
