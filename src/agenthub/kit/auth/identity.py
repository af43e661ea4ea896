"""The identity that one service hands to another: signed for one receiver and valid for 30 seconds."""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime

import msgspec

from agenthub.kit.auth.principal import Principal
from agenthub.kit.errors import Unauthenticated

HEADER = "x-agenthub-identity"
VALID_SECONDS = 30
SKEW_SECONDS = 5


class _Claim(msgspec.Struct, frozen=True):
    principal: Principal
    audience: str
    expires: float


class IdentitySigner:
    """Signs and verifies identities with HMAC-SHA256 under a key that only services hold."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, principal: Principal, *, audience: str, now: datetime) -> str:
        """The header value by which `principal` is known to the service `audience`."""
        claim = _Claim(principal, audience, now.timestamp() + VALID_SECONDS)
        body = base64.urlsafe_b64encode(msgspec.json.encode(claim))
        return f"{body.decode()}.{self._seal(body)}"

    def verify(self, header: str, *, audience: str, now: datetime) -> Principal:
        """The principal; Unauthenticated when it is forged, for somebody else or too old."""
        body, _, seal = header.rpartition(".")
        if not hmac.compare_digest(self._seal(body.encode()), seal):
            raise Unauthenticated("the internal identity is not signed by this installation")
        try:
            claim = msgspec.json.decode(base64.urlsafe_b64decode(body), type=_Claim)
        except (msgspec.DecodeError, binascii.Error) as problem:
            raise Unauthenticated("the internal identity cannot be read") from problem
        if claim.audience != audience:
            raise Unauthenticated("the internal identity is for another service")
        if claim.expires + SKEW_SECONDS < now.timestamp():
            raise Unauthenticated("the internal identity has expired")
        return claim.principal

    def _seal(self, body: bytes) -> str:
        return base64.urlsafe_b64encode(hmac.digest(self._key, body, hashlib.sha256)).decode()
