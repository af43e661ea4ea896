"""Every permission that exists, and the built-in roles made of them."""

from collections.abc import Mapping

PERMISSIONS: Mapping[str, str] = {
    "organization:manage": "Change the organization's name, settings, brand and domains.",
    "organization:transfer": "Hand the organization to another owner, or delete it.",
    "members:manage": "Invite, remove and place people.",
    "roles:manage": "Make roles and give them.",
    "keys:manage": "Make and withdraw API keys and provider credentials.",
    "channels:manage": "Connect and disconnect channel accounts.",
    "agents:create": "Make agents.",
    "agents:edit": "Change agents, their tools and bindings.",
    "agents:run": "See agents and talk with them.",
    "agents:publish": "Publish, roll back and split traffic.",
    "agents:stop": "Use the kill switch.",
    "agents:delete": "Delete agents.",
    "knowledge:read": "See knowledge bases and search them.",
    "knowledge:edit": "Make knowledge bases, add and remove documents.",
    "files:manage": "Upload, see and delete files.",
    "conversations:read_mine": "Read conversations assigned to oneself.",
    "conversations:read_team": "Read conversations of one's teams.",
    "conversations:read_all": "Read every conversation.",
    "conversations:reply": "Answer customers.",
    "conversations:note": "Write private notes.",
    "conversations:delete": "Delete conversations and messages.",
    "contacts:manage": "Change and merge contacts.",
    "contacts:erase": "Erase contacts for good.",
    "payments:refund": "Give money back.",
    "campaigns:send": "Send campaigns.",
    "llm:manage": "Connect model providers, set routes, prices and guardrails.",
    "usage:read": "See usage and budgets.",
    "usage:manage": "Set budgets and quotas.",
    "billing:read": "See plan and invoices.",
    "billing:manage": "Change plan and payment methods.",
    "analytics:read": "See reports.",
    "notifications:manage": "Set up notifications and webhooks.",
    "workflows:edit": "Make and change workflows.",
    "workflows:run": "Start workflows.",
    "workflows:approve": "Decide approvals.",
    "audit:read": "Read and export the audit trail.",
    "monitoring:read": "See health, metrics and alerts.",
    "monitoring:manage": "Set alert rules, incidents and dead letters.",
    "platform:operate": "Operate the installation itself: services, routes, settings.",
}

_NEVER_BY_ROLE = frozenset({"platform:operate"})
_OWNER = frozenset(PERMISSIONS) - _NEVER_BY_ROLE
_CREATOR = frozenset(
    {
        "agents:create",
        "agents:edit",
        "agents:run",
        "agents:publish",
        "knowledge:read",
        "knowledge:edit",
        "files:manage",
        "analytics:read",
    }
)
_TEAMMATE = frozenset(
    {
        "agents:run",
        "knowledge:read",
        "conversations:read_mine",
        "conversations:read_team",
        "conversations:reply",
        "conversations:note",
        "contacts:manage",
    }
)

BUILT_IN_ROLES: Mapping[str, frozenset[str]] = {
    "owner": _OWNER,
    "admin": _OWNER - {"organization:transfer"},
    "creator": _CREATOR,
    "teammate": _TEAMMATE,
    "viewer": frozenset({"agents:run", "knowledge:read", "conversations:read_all", "analytics:read"}),
    "billing": frozenset({"billing:read", "billing:manage", "usage:read", "usage:manage"}),
    "auditor": frozenset({"audit:read"}),
    "operator": _NEVER_BY_ROLE,
}


def permissions_of(roles: tuple[str, ...]) -> frozenset[str]:
    """What the built-in roles allow together; an unknown role allows nothing."""
    return frozenset[str]().union(*(BUILT_IN_ROLES.get(role, frozenset()) for role in roles))
