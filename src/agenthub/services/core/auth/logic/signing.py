"""The keys that sign access tokens: Ed25519, sealed at rest, changed every 90 days."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agenthub.contracts.auth import ACCESS_ALGORITHM, ACCESS_TYPE, AUDIENCE, ISSUER, VerifyingKey
from agenthub.kit.context import Context
from agenthub.kit.runtime import Runtime
from agenthub.kit.secrets.envelope import seal, unseal
from agenthub.kit.secrets.installation import installation_key, installation_place
from agenthub.services.core.auth import models
from agenthub.services.core.auth.models import SessionRow, SigningKeyRow
from agenthub.services.core.auth.settings import AuthSettings

VERIFIES_LONGER = timedelta(hours=24)
_DUTY = "signing key"


@dataclass(frozen=True)
class _Signer:
    kid: str
    key: Ed25519PrivateKey
    retires_at: datetime


class KeyRing:
    """The key in force, opened once; a new one is made when it retires."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._sealing = installation_key(runtime.ports.master)
        self._signer: _Signer | None = None

    async def sign(self, claims: dict[str, Any], now: datetime) -> str:
        """The claims as a JWT (RFC 7519) of the type that RFC 9068 names."""
        signer = await self.current(now)
        headers = {"kid": signer.kid, "typ": ACCESS_TYPE}
        return jwt.encode(claims, signer.key, algorithm=ACCESS_ALGORITHM, headers=headers)

    async def current(self, now: datetime) -> _Signer:
        """The key that signs at this moment."""
        if self._signer is None or self._signer.retires_at <= now:
            async with self._runtime.own_unit() as ctx:
                self._signer = await self._find(ctx) or await self._make(ctx)
        return self._signer

    async def _find(self, ctx: Context[AuthSettings]) -> _Signer | None:
        row = await ctx.db.one(models.SIGNING_KEYS, SigningKeyRow, after=ctx.now())
        return None if row is None else self._opened(row)

    async def _make(self, ctx: Context[AuthSettings]) -> _Signer:
        await ctx.runtime.leadership.serialize(ctx.db, _DUTY)
        found = await self._find(ctx)
        if found is not None:
            return found
        key = Ed25519PrivateKey.generate()
        kid = ctx.new_id("kid")
        place = installation_place("signing_keys", "private_sealed", kid)
        row = SigningKeyRow(
            kid=kid,
            algorithm=ACCESS_ALGORITHM,
            public=_base64url(key.public_key().public_bytes_raw()),
            private_sealed=seal(self._sealing, key.private_bytes_raw(), place),
            created_at=ctx.now(),
            retires_at=ctx.now() + timedelta(days=ctx.settings.signing_key_days),
        )
        await ctx.db.insert(models.signing_keys, row)
        return _Signer(kid, key, row.retires_at)

    def _opened(self, row: SigningKeyRow) -> _Signer:
        place = installation_place("signing_keys", "private_sealed", row.kid)
        private = unseal(self._sealing, row.private_sealed, place)
        return _Signer(row.kid, Ed25519PrivateKey.from_private_bytes(private), row.retires_at)


@asynccontextmanager
async def open_key_ring(runtime: Runtime) -> AsyncIterator[KeyRing]:
    """Raises Undecipherable at start when the keys were sealed under another master key."""
    ring = KeyRing(runtime)
    await ring.current(runtime.ports.clock.now())
    yield ring


async def published_keys(ctx: Context[AuthSettings]) -> tuple[VerifyingKey, ...]:
    """Every public key whose tokens are still good, newest first (RFC 8037)."""
    rows = await ctx.db.all(models.SIGNING_KEYS, SigningKeyRow, after=ctx.now() - VERIFIES_LONGER)
    return tuple(VerifyingKey(kid=row.kid, x=row.public) for row in rows)


async def access_token(ctx: Context[AuthSettings], session: SessionRow) -> str:
    """A token that says who holds the session, valid for some minutes."""
    now = ctx.now()
    issued = int(now.timestamp())
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": session.user_id,
        "sid": session.id,
        "jti": ctx.new_id("jti"),
        "iat": issued,
        "exp": issued + ctx.settings.access_token_minutes * 60,
        "roles": list(session.roles),
    }
    if session.organization_id is not None:
        claims["org"] = session.organization_id
    return await ctx.use(KeyRing).sign(claims, now)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
