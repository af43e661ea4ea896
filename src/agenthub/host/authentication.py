"""Recognises callers by what auth issued: access tokens, verified with its published keys."""

import asyncio
import base64
import binascii
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import jwt
import msgspec

from agenthub.contracts.auth import (
    ACCESS_ALGORITHM,
    ACCESS_TYPE,
    AUDIENCE,
    ISSUER,
    AuthClient,
    VerifyingKeys,
)
from agenthub.contracts.permissions import permissions_of
from agenthub.kit.auth.principal import ANONYMOUS, Principal, service_principal
from agenthub.kit.calls.door import Door
from agenthub.kit.errors import Unauthenticated, Unavailable
from agenthub.kit.runtime import Runtime
from agenthub.kit.tracing import new_origin

SKEW_SECONDS = 60
REFRESH_SECONDS = 2.0
# For so long the last known keys serve while auth does not answer; then nobody is let in.
STALE_SECONDS = 60.0
_FASTEST_REFRESH_SECONDS = 0.2
_REMEMBERED = 10_000
_LONGEST_TOKEN = 4096
_REQUIRED = ["exp", "iat", "iss", "aud", "sub", "sid"]


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that a header of ours says: a key or an address of a key in it (jwk, jku, x5u) is refused."""

    alg: str
    kid: str
    typ: str


class _Claims(msgspec.Struct, frozen=True):
    sub: str
    sid: str
    exp: int
    iat: int
    org: str | None = None
    roles: tuple[str, ...] = ()


class Authenticator:
    """Turns request headers into a principal; verified tokens are remembered until they expire."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[float, Principal]] = OrderedDict()
        self._keys: dict[str, Any] = {}
        self._revoked: frozenset[str] = frozenset()
        self._asked_at = float("-inf")
        self._answered_at = float("-inf")
        self._turn = asyncio.Lock()

    async def __call__(self, headers: Mapping[bytes, bytes], runtime: Runtime) -> Principal:
        """The caller; ANONYMOUS without a token, Unauthenticated with a bad one."""
        value = headers.get(b"authorization")
        if value is None:
            return ANONYMOUS
        scheme, _, token = value.decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("send the token as: Authorization: Bearer TOKEN")
        if len(token) > _LONGEST_TOKEN:
            raise Unauthenticated("the token is too long to be one of ours")
        await self._refresh(runtime, REFRESH_SECONDS)
        principal = self._remembered(token, runtime) or await self._verify(token, runtime)
        if principal.session_id in self._revoked:
            raise Unauthenticated("this session has ended; sign in again", code="session_revoked")
        return principal

    def _remembered(self, token: str, runtime: Runtime) -> Principal | None:
        found = self._known.get(token)
        if found is None:
            return None
        if found[0] <= runtime.ports.clock.now().timestamp():
            del self._known[token]
            return None
        return found[1]

    async def _verify(self, token: str, runtime: Runtime) -> Principal:
        kid = _header(token).kid
        if kid not in self._keys:
            # A key may be younger than what is known here.
            await self._refresh(runtime, _FASTEST_REFRESH_SECONDS)
        if kid not in self._keys:
            raise Unauthenticated("the token is signed with an unknown key; sign in again")
        try:
            claims = jwt.decode(
                token,
                self._keys[kid],
                algorithms=[ACCESS_ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                # Times are compared below, with the installation's own clock.
                options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
            )
            accepted = msgspec.convert(claims, _Claims)
        except (jwt.PyJWTError, msgspec.ValidationError) as problem:
            raise Unauthenticated(f"the token is not valid ({problem}); sign in again") from problem
        return self._accept(token, accepted, runtime)

    def _accept(self, token: str, claims: _Claims, runtime: Runtime) -> Principal:
        now = runtime.ports.clock.now().timestamp()
        until = claims.exp + SKEW_SECONDS
        if until <= now:
            raise Unauthenticated("the token has expired; refresh it", code="token_expired")
        if claims.iat - SKEW_SECONDS > now:
            raise Unauthenticated("the token is from the future; set the clock of this machine")
        principal = Principal(
            kind="user",
            id=claims.sub,
            organization_id=claims.org,
            roles=claims.roles,
            permissions=permissions_of(claims.roles),
            session_id=claims.sid,
        )
        self._known[token] = (until, principal)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return principal

    async def _refresh(self, runtime: Runtime, older_than_seconds: float) -> None:
        clock = runtime.ports.clock
        if clock.monotonic() - self._asked_at < older_than_seconds:
            return
        async with self._turn:
            if clock.monotonic() - self._asked_at < older_than_seconds:
                return
            try:
                self._take(await _published(runtime))
                self._answered_at = clock.monotonic()
            except Unavailable:
                if clock.monotonic() - self._answered_at > STALE_SECONDS:
                    raise
            self._asked_at = clock.monotonic()

    def _take(self, published: VerifyingKeys) -> None:
        fresh = {key.kid: key for key in published.keys}
        if not self._keys.keys() <= fresh.keys():
            # What was signed with a withdrawn key is worth nothing any more.
            self._known.clear()
        self._keys = {
            kid: self._keys.get(kid) or jwt.PyJWK(msgspec.structs.asdict(key)).key
            for kid, key in fresh.items()
        }
        self._revoked = frozenset(published.revoked_sessions)


async def _published(runtime: Runtime) -> VerifyingKeys:
    caller = service_principal(runtime.service.name)
    return await AuthClient(Door(runtime.ports.transport, "auth", caller, new_origin())).verifying_keys()


def _header(token: str) -> _Header:
    """The header, if it is one of ours; decided before anything in the token is believed."""
    encoded, _, _ = token.partition(".")
    try:
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        header = msgspec.json.decode(raw, type=_Header)
    except (binascii.Error, ValueError) as problem:
        raise Unauthenticated("this is no token of ours; sign in again") from problem
    if (header.alg, header.typ) != (ACCESS_ALGORITHM, ACCESS_TYPE):
        raise Unauthenticated("this is no access token of ours; sign in again")
    return header
