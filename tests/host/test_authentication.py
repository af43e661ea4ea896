"""What the entrance does with forged, stale and ended tokens."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from agenthub.contracts.auth import VerifyingKey, VerifyingKeys
from agenthub.host.authentication import STALE_SECONDS, Authenticator
from agenthub.kit.auth.principal import ANONYMOUS
from agenthub.kit.calls.port import Reply
from agenthub.kit.clock import FrozenClock
from agenthub.kit.errors import Unauthenticated, Unavailable

KEY = Ed25519PrivateKey.generate()
OTHER_KEY = Ed25519PrivateKey.generate()


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def public(key: Ed25519PrivateKey, kid: str) -> VerifyingKey:
    return VerifyingKey(kid=kid, x=text(key.public_key().public_bytes_raw()))


class Auth:
    """Stands in for auth: answers its published keys, or nothing."""

    def __init__(self) -> None:
        self.published = VerifyingKeys(keys=(public(KEY, "k1"),))
        self.asked = 0
        self.is_down = False

    @asynccontextmanager
    async def send(self, _request: Any) -> AsyncIterator[Reply]:
        self.asked += 1
        if self.is_down:
            raise Unavailable("auth does not answer")

        async def body() -> AsyncIterator[bytes]:
            yield msgspec.json.encode(self.published)

        yield Reply(200, {}, body())


class Entrance:
    def __init__(self) -> None:
        self.clock = FrozenClock()
        self.auth = Auth()
        self.authenticator = Authenticator()

    @property
    def ports(self):
        return self

    @property
    def transport(self):
        return self.auth

    class service:  # noqa: N801
        name = "gateway"

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(self.clock.now().timestamp())
        whole = {
            "iss": "agenthub",
            "aud": "agenthub",
            "sub": "usr_1",
            "sid": "ses_1",
            "org": "org_1",
            "roles": ["viewer"],
            "iat": now,
            "exp": now + 600,
        }
        return {name: value for name, value in {**whole, **changes}.items() if value is not None}

    def token(self, key: Any = KEY, *, header: dict[str, Any] | None = None, **changes: Any) -> str:
        headers = {"kid": "k1", "typ": "at+jwt", **(header or {})}
        return jwt.encode(self.claims(**changes), key, algorithm="EdDSA", headers=headers)

    async def enter(self, token: str) -> Any:
        return await self.authenticator({b"authorization": f"Bearer {token}".encode("latin-1")}, self)


@pytest.fixture
def entrance() -> Entrance:
    return Entrance()


def unsigned(header: Any, claims: Any, signature: bytes = b"") -> str:
    return ".".join((text(json.dumps(header).encode()), text(json.dumps(claims).encode()), text(signature)))


def signed(header: Any, claims: Any) -> str:
    body = unsigned(header, claims).rpartition(".")[0]
    return f"{body}.{text(KEY.sign(body.encode()))}"


async def test_a_good_token_names_its_holder(entrance: Entrance) -> None:
    principal = await entrance.enter(entrance.token())
    assert (principal.kind, principal.id, principal.organization_id) == ("user", "usr_1", "org_1")
    assert principal.may("knowledge:read")
    assert not principal.may("knowledge:edit")


async def test_no_token_is_nobody(entrance: Entrance) -> None:
    assert await entrance.authenticator({}, entrance) is ANONYMOUS
    assert entrance.auth.asked == 0


def _forgeries() -> dict[str, Any]:
    raw = KEY.public_key().public_bytes_raw()
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    rsa = generate_private_key(65537, 2048)
    own_key = {"kty": "OKP", "crv": "Ed25519", "x": text(OTHER_KEY.public_key().public_bytes_raw())}

    def hmac_with(secret: bytes) -> Any:
        # PyJWT refuses to make this token, so it is made by hand.
        import hashlib
        import hmac

        def make(e: Entrance) -> str:
            body = unsigned({"alg": "HS256", "kid": "k1", "typ": "at+jwt"}, e.claims()).rpartition(".")[0]
            return f"{body}.{text(hmac.digest(secret, body.encode(), hashlib.sha256))}"

        return make

    def header(**changes: Any) -> Any:
        return lambda e: signed({"alg": "EdDSA", "kid": "k1", "typ": "at+jwt", **changes}, e.claims())

    def without(name: str) -> Any:
        return lambda e: e.token(**{name: None})

    def raw_header(content: bytes) -> Any:
        return lambda e: f"{text(content)}.{e.token().partition('.')[2]}"

    return {
        "alg none": lambda e: unsigned({"alg": "none", "kid": "k1", "typ": "at+jwt"}, e.claims()),
        "alg None in capitals": lambda e: unsigned({"alg": "NONE", "kid": "k1", "typ": "at+jwt"}, e.claims()),
        "alg none with a real signature": header(alg="none"),
        "EdDSA without a signature": lambda e: unsigned(
            {"alg": "EdDSA", "kid": "k1", "typ": "at+jwt"}, e.claims()
        ),
        "HS256 with the raw public key": hmac_with(raw),
        "HS256 with the public key as PEM": hmac_with(pem),
        "HS256 with the public key as text": hmac_with(text(raw).encode()),
        "RS256": lambda e: jwt.encode(e.claims(), rsa, algorithm="RS256", headers={"kid": "k1"}),
        "another key under our kid": lambda e: e.token(OTHER_KEY),
        "kid as a path": header(kid="../../../dev/null"),
        "kid as SQL": header(kid="k1' OR '1'='1"),
        "kid unknown": header(kid="k2"),
        "kid empty": header(kid=""),
        "kid a list": header(kid=["k1"]),
        "kid absent": lambda e: signed({"alg": "EdDSA", "typ": "at+jwt"}, e.claims()),
        "jku": header(jku="https://attacker.example/keys"),
        "x5u": header(x5u="https://attacker.example/cert"),
        "jwk": lambda e: e.token(OTHER_KEY, header={"jwk": own_key}),
        "crit": header(crit=["exp"]),
        "b64 false": header(b64=False, crit=["b64"]),
        "typ of an id token": header(typ="JWT"),
        "no exp": without("exp"),
        "no iat": without("iat"),
        "no aud": without("aud"),
        "no iss": without("iss"),
        "no sub": without("sub"),
        "no sid": without("sid"),
        "aud of another": lambda e: e.token(aud="elsewhere"),
        "iss of another": lambda e: e.token(iss="elsewhere"),
        "aud empty list": lambda e: e.token(aud=[]),
        "sub a number": lambda e: signed({"alg": "EdDSA", "kid": "k1", "typ": "at+jwt"}, e.claims(sub=7)),
        "exp a text": lambda e: signed(
            {"alg": "EdDSA", "kid": "k1", "typ": "at+jwt"}, e.claims(exp="tomorrow")
        ),
        "exp infinite": lambda e: signed(
            {"alg": "EdDSA", "kid": "k1", "typ": "at+jwt"}, e.claims(exp=float("inf"))
        ),
        "roles a mapping": lambda e: e.token(roles={"owner": True}),
        "payload a list": lambda e: signed({"alg": "EdDSA", "kid": "k1", "typ": "at+jwt"}, [1]),
        "payload changed": lambda e: ".".join(
            (
                e.token().split(".")[0],
                text(json.dumps(e.claims(roles=["owner"])).encode()),
                e.token().split(".")[2],
            )
        ),
        "8 KB": lambda e: e.token(sub="x" * 8192),
        "8 KB of dots": lambda _: "." * 8192,
        "a deeply nested header": raw_header(b"[" * 2500),
        "a header that is no JSON": raw_header(b"\xff\xfe"),
        "not a token": lambda _: "hello",
        "two parts": lambda e: e.token().rpartition(".")[0],
        "letters beyond ASCII": lambda _: "ä.ö.ü",
    }


@pytest.mark.parametrize("name", _forgeries())
async def test_a_forged_token_is_refused(entrance: Entrance, name: str) -> None:
    with pytest.raises(Unauthenticated):
        await entrance.enter(_forgeries()[name](entrance))


async def test_clocks_may_differ_by_a_minute_and_no_more(entrance: Entrance) -> None:
    expiring = entrance.token()
    entrance.clock.advance(seconds=600 + 59)
    await entrance.enter(expiring)
    entrance.clock.advance(seconds=1)
    with pytest.raises(Unauthenticated) as refused:
        await entrance.enter(expiring)
    assert refused.value.problem_code == "token_expired"
    now = int(entrance.clock.now().timestamp())
    await entrance.enter(entrance.token(iat=now + 60))
    with pytest.raises(Unauthenticated):
        await entrance.enter(entrance.token(iat=now + 61))


async def test_a_revoked_session_is_refused_within_two_seconds(entrance: Entrance) -> None:
    token = entrance.token()
    await entrance.enter(token)
    entrance.auth.published = replace_keys(entrance, revoked_sessions=("ses_1",))
    entrance.clock.advance(seconds=2)
    with pytest.raises(Unauthenticated) as refused:
        await entrance.enter(token)
    assert refused.value.problem_code == "session_revoked"


async def test_a_new_key_is_fetched_when_its_first_token_comes(entrance: Entrance) -> None:
    await entrance.enter(entrance.token())
    entrance.auth.published = VerifyingKeys(keys=(public(OTHER_KEY, "k2"), public(KEY, "k1")))
    entrance.clock.advance(seconds=0.5)
    await entrance.enter(entrance.token(OTHER_KEY, header={"kid": "k2"}))


async def test_unknown_keys_do_not_make_auth_busy(entrance: Entrance) -> None:
    for number in range(100):
        with pytest.raises(Unauthenticated):
            await entrance.enter(entrance.token(OTHER_KEY, header={"kid": f"k{number + 2}"}))
    assert entrance.auth.asked == 1


async def test_a_withdrawn_key_ends_the_tokens_that_were_remembered(entrance: Entrance) -> None:
    token = entrance.token()
    await entrance.enter(token)
    entrance.auth.published = VerifyingKeys(keys=(public(OTHER_KEY, "k2"),))
    entrance.clock.advance(seconds=2)
    with pytest.raises(Unauthenticated):
        await entrance.enter(token)


async def test_the_last_keys_serve_for_a_minute_while_auth_is_down(entrance: Entrance) -> None:
    await entrance.enter(entrance.token())
    entrance.auth.is_down = True
    entrance.clock.advance(seconds=STALE_SECONDS)
    await entrance.enter(entrance.token())
    entrance.clock.advance(seconds=3)
    with pytest.raises(Unavailable):
        await entrance.enter(entrance.token())


@pytest.mark.parametrize("value", [b"Basic dXNlcjpwYXNz", b"Bearer", b"Bearer ", b"token", b""])
async def test_another_scheme_is_refused(entrance: Entrance, value: bytes) -> None:
    with pytest.raises(Unauthenticated):
        await entrance.authenticator({b"authorization": value}, entrance)


def replace_keys(entrance: Entrance, **changes: Any) -> VerifyingKeys:
    return msgspec.structs.replace(entrance.auth.published, **changes)
