"""Auth at work, with a stand-in for organizations."""

from typing import Any

import msgspec
import pytest

from agenthub.contracts.organizations import Membership, MembershipsQuestion, OpenInvitation
from agenthub.kit.auth.principal import Principal

PASSWORD = "brick-lantern-otter-51"
OWNER = {"email": "ada@example.org", "password": PASSWORD}


class Organizations:
    """Answers memberships and invitations as ASGI; `places` maps a user, or None for everybody, to them."""

    def __init__(self) -> None:
        self.places: list[Membership] = [
            Membership(organization_id="org_1", name="One", slug="one", roles=("owner", "operator")),
            Membership(organization_id="org_2", name="Two", slug="two", roles=("viewer",)),
        ]
        self.invitation: OpenInvitation | None = None
        self.asked: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["path"])
        body = (await receive())["body"]
        if scope["path"].endswith("memberships"):
            msgspec.json.decode(body, type=MembershipsQuestion)
            answer: Any = self.places
        else:
            answer = self.invitation
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": msgspec.json.encode(answer)})


@pytest.fixture
def organizations() -> Organizations:
    return Organizations()


def holder_of(signed_in: dict[str, Any], door: Any) -> Principal:
    """The principal of an access token, as the entrance would make it."""
    import jwt

    claims = jwt.decode(signed_in["access_token"], options={"verify_signature": False})
    return Principal(
        kind="user",
        id=claims["sub"],
        organization_id=claims.get("org"),
        roles=tuple(claims["roles"]),
        session_id=claims["sid"],
    )
