"""The manifest of auth."""

from pathlib import Path

from agenthub.contracts.auth import LoginFailed, SessionRevoked, UserLoggedIn, UserRegistered
from agenthub.contracts.organizations import MemberChanged, MemberRemoved, OrganizationsClient
from agenthub.kit.service import Service, daily
from agenthub.services.core.auth import api, handlers, internal, jobs, models, setup_page
from agenthub.services.core.auth.logic.first_owner import FirstOwner, open_first_owner
from agenthub.services.core.auth.logic.passwords import Hasher, open_hasher
from agenthub.services.core.auth.logic.signing import KeyRing, open_key_ring
from agenthub.services.core.auth.settings import AuthSettings

service = Service(
    name="auth",
    summary="Proves who is calling, and issues, renews and withdraws the tokens that say so.",
    folder=Path(__file__).parent,
    port=3001,
    prefixes=["/api/auth", "/oauth", "/setup"],
    settings=AuthSettings,
    tables=models.metadata,
    routes=[api.router, setup_page.router],
    internal=internal.routes,
    publishes=[UserRegistered, UserLoggedIn, LoginFailed, SessionRevoked],
    subscribes={
        MemberRemoved: handlers.end_sessions_of_removed,
        MemberChanged: handlers.end_sessions_of_changed,
    },
    schedules=[daily("forget_what_is_over", jobs.forget_what_is_over, "03:20")],
    calls=[OrganizationsClient],
    resources={Hasher: open_hasher, KeyRing: open_key_ring, FirstOwner: open_first_owner},
)
