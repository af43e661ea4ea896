"""What auth answers to other services and to the host."""

from agenthub.contracts.auth import NoQuestion, OwnerSession, SetupLink, VerifyingKeys
from agenthub.kit.app.internal import InternalRoute
from agenthub.kit.context import Context
from agenthub.kit.errors import NotFound
from agenthub.services.core.auth.logic import first_owner
from agenthub.services.core.auth.logic.sessions import revoked_sessions
from agenthub.services.core.auth.logic.signing import published_keys
from agenthub.services.core.auth.settings import AuthSettings


async def verifying_keys(ctx: Context[AuthSettings], _question: NoQuestion) -> VerifyingKeys:
    return VerifyingKeys(keys=await published_keys(ctx), revoked_sessions=await revoked_sessions(ctx))


async def setup_link(ctx: Context[AuthSettings], _question: NoQuestion) -> SetupLink:
    _services_only(ctx)
    return SetupLink(token=await first_owner.setup_token(ctx))


async def owner_session(ctx: Context[AuthSettings], _question: NoQuestion) -> OwnerSession | None:
    _services_only(ctx)
    opened = await first_owner.owner_session(ctx)
    if opened is None:
        return None
    person, token = opened
    return OwnerSession(
        access_token=token,
        expires_in=ctx.settings.access_token_minutes * 60,
        email=person.email,
    )


def _services_only(ctx: Context[AuthSettings]) -> None:
    """Refuse a call that a service makes for somebody else: it would hand them an owner's rights."""
    if ctx.caller.kind != "service":
        raise NotFound("there is no such route")


routes = [
    InternalRoute("/internal/auth/verifying-keys", verifying_keys, NoQuestion),
    InternalRoute("/internal/auth/setup-link", setup_link, NoQuestion),
    InternalRoute("/internal/auth/owner-session", owner_session, NoQuestion),
]
