"""What auth says: who came and went, and the keys that verify its tokens."""

from typing import Any, ClassVar

import msgspec

from agenthub.kit.calls.door import Door
from agenthub.kit.events import Event

ISSUER = "agenthub"
AUDIENCE = "agenthub"
ACCESS_ALGORITHM = "EdDSA"
ACCESS_TYPE = "at+jwt"
KEYS_SECONDS = 2.0


class UserRegistered(Event, topic="auth.user_registered", ordered_by="user_id"):
    """A person has an account; published once per account."""

    user_id: str
    email: str
    name: str
    locale: str = "en"
    invitation_id: str | None = None
    organization_name: str | None = None
    is_first: bool = False


class UserLoggedIn(Event, topic="auth.user_logged_in", ordered_by="user_id"):
    """A person proved who they are; published at each login."""

    user_id: str
    session_id: str
    method: str
    ip: str


class LoginFailed(Event, topic="auth.login_failed", ordered_by="account_hint"):
    """Somebody did not prove who they are; published at each failure."""

    account_hint: str
    ip: str
    reason: str


class SessionRevoked(Event, topic="auth.session_revoked", ordered_by="user_id"):
    """A session has ended before its time; published once per session."""

    user_id: str
    session_id: str
    reason: str


class VerifyingKey(msgspec.Struct, frozen=True, kw_only=True):
    """A public key of RFC 7517 (OKP, Ed25519: RFC 8037)."""

    kid: str
    x: str
    kty: str = "OKP"
    crv: str = "Ed25519"
    use: str = "sig"
    alg: str = ACCESS_ALGORITHM


class VerifyingKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The key set of RFC 7517, and the sessions revoked while their access tokens are still running."""

    keys: tuple[VerifyingKey, ...]
    revoked_sessions: tuple[str, ...] = ()


class SetupLink(msgspec.Struct, frozen=True, kw_only=True):
    """What opens `/setup?token=…`; None once the installation has an owner."""

    token: str | None


class OwnerSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session of the installation's first owner, for the command line beside it."""

    access_token: str
    expires_in: int
    email: str


_MaybeSession: Any = OwnerSession | None


class NoQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """For a call that needs nothing."""


class AuthClient:
    """The door to auth."""

    service: ClassVar[str] = "auth"

    def __init__(self, door: Door) -> None:
        self._door = door

    async def verifying_keys(self) -> VerifyingKeys:
        """The keys that access tokens may be signed with at the moment."""
        return await self._door.post(
            "/internal/auth/verifying-keys", NoQuestion(), VerifyingKeys, timeout_seconds=KEYS_SECONDS
        )

    async def setup_link(self) -> SetupLink:
        """The one-time token of the first owner; answered to the host and other services only."""
        return await self._door.post("/internal/auth/setup-link", NoQuestion(), SetupLink)

    async def owner_session(self) -> OwnerSession | None:
        """A token in a session of the first owner, None while there is none; to the host and services only."""
        found: OwnerSession | None = await self._door.post(
            "/internal/auth/owner-session", NoQuestion(), _MaybeSession
        )
        return found
