"""Recognises callers by what auth issued: access tokens, verified with its published keys."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import jwt
import msgspec

from agenthub.contracts.auth import ACCESS_ALGORITHM, AUDIENCE, ISSUER, AuthClient, VerifyingKeys
from agenthub.contracts.permissions import permissions_of
from agenthub.kit.auth.principal import ANONYMOUS, Principal, service_principal
from agenthub.kit.calls.door import Door
from agenthub.kit.errors import Unauthenticated
from agenthub.kit.runtime import Runtime
from agenthub.kit.tracing import new_origin

SKEW_SECONDS = 60
REFRESH_SECONDS = 2.0
_REMEMBERED = 10_000
_LONGEST_TOKEN = 4096
_REQUIRED = ["exp", "iat", "iss", "aud", "sub", "sid"]


class Authenticator:
    """Turns request headers into a principal; verified tokens are remembered until they expire."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[float, Principal]] = OrderedDict()
        self._keys: dict[str, Any] = {}
        self._revoked: frozenset[str] = frozenset()
        self._asked_at = float("-inf")

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
        await self._refresh(runtime)
        principal = self._remembered(token, runtime) or self._verify(token, runtime)
        if principal.session_id in self._revoked:
            raise Unauthenticated("this session has ended; sign in again", code="session_revoked")
        return principal

    def _remembered(self, token: str, runtime: Runtime) -> Principal | None:
        found = self._known.get(token)
        if found is None or found[0] <= runtime.ports.clock.now().timestamp():
            return None
        return found[1]

    def _verify(self, token: str, runtime: Runtime) -> Principal:
        try:
            key = self._keys.get(jwt.get_unverified_header(token).get("kid", ""))
            if key is None:
                raise Unauthenticated("the token is signed with an unknown key; sign in again")
            claims = jwt.decode(
                token,
                key,
                algorithms=[ACCESS_ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
            )
        except jwt.PyJWTError as problem:
            raise Unauthenticated(f"the token is not valid ({problem}); sign in again") from problem
        return self._accept(token, claims, runtime)

    def _accept(self, token: str, claims: dict[str, Any], runtime: Runtime) -> Principal:
        now = runtime.ports.clock.now().timestamp()
        until = float(claims["exp"]) + SKEW_SECONDS
        if until <= now or float(claims["iat"]) - SKEW_SECONDS > now:
            raise Unauthenticated("the token has expired; refresh it", code="token_expired")
        roles = tuple(claims.get("roles", ()))
        principal = Principal(
            kind="user",
            id=claims["sub"],
            organization_id=claims.get("org"),
            roles=roles,
            permissions=permissions_of(roles),
            session_id=claims["sid"],
        )
        self._known[token] = (until, principal)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return principal

    async def _refresh(self, runtime: Runtime) -> None:
        now = runtime.ports.clock.monotonic()
        if now - self._asked_at < REFRESH_SECONDS:
            return
        caller = service_principal(runtime.service.name)
        keys = await AuthClient(Door(runtime.ports.transport, "auth", caller, new_origin())).verifying_keys()
        self._take(keys)
        self._asked_at = now

    def _take(self, keys: VerifyingKeys) -> None:
        self._keys = {key.kid: jwt.PyJWK(msgspec.structs.asdict(key)).key for key in keys.keys}
        self._revoked = frozenset(keys.revoked_sessions)
