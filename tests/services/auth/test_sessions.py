import jwt
import msgspec
import pytest

from agenthub.contracts.auth import SessionRevoked, UserLoggedIn, UserRegistered
from agenthub.contracts.organizations import MemberChanged, MemberRemoved
from agenthub.kit.auth.principal import service_principal
from agenthub.kit.clock import FrozenClock
from agenthub.services.core.auth.service import service
from tests.services.auth.conftest import OWNER, PASSWORD, holder_of
from tests.services.conftest import Start

UNATTENDED = {"admin_email": "ada@example.org", "admin_password": PASSWORD}
OTHER_PASSWORD = "quartz-violin-harbour-7"


@pytest.fixture
async def auth(start: Start, organizations):
    clock = FrozenClock()
    async with start(
        service, settings=UNATTENDED, others={"organizations": organizations}, clock=clock
    ) as door:
        door.clock = clock
        yield door


async def log_in(auth, **changes):
    answer = await auth.request("POST", "/api/auth/login", json={**OWNER, **changes})
    assert answer.status == 200, answer.text
    return answer.json()


async def test_a_token_is_verified_with_the_published_keys_alone(auth) -> None:
    signed_in = await log_in(auth)
    published = (await auth.request("GET", "/oauth/jwks")).json()
    header = jwt.get_unverified_header(signed_in["access_token"])
    key = next(jwt.PyJWK(key) for key in published["keys"] if key["kid"] == header["kid"])
    claims = jwt.decode(
        signed_in["access_token"],
        key,
        algorithms=["EdDSA"],
        audience="agenthub",
        issuer="agenthub",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["exp"] - claims["iat"] == 600 == signed_in["expires_in"]
    assert claims["sub"] == signed_in["user"]["id"]
    assert (claims["org"], claims["roles"]) == ("org_1", ["owner", "operator"])


async def test_a_login_may_choose_the_organization_and_a_session_may_switch(auth) -> None:
    two = await log_in(auth, organization_id="org_2")
    assert two["organization"]["slug"] == "two"
    one = await auth.request(
        "POST", "/api/auth/switch-organization", json={"organization_id": "org_1"}, by=holder_of(two, auth)
    )
    assert holder_of(one.json(), auth).organization_id == "org_1"
    renewed = await auth.request("POST", "/api/auth/refresh", json={"refresh_token": two["refresh_token"]})
    assert renewed.json()["organization"]["id"] == "org_1"
    foreign = await auth.request(
        "POST", "/api/auth/switch-organization", json={"organization_id": "org_9"}, by=holder_of(two, auth)
    )
    assert foreign.status == 404


async def test_roles_are_those_of_today_at_each_renewal(auth, organizations) -> None:
    signed_in = await log_in(auth)
    organizations.places = []
    renewed = await auth.request(
        "POST", "/api/auth/refresh", json={"refresh_token": signed_in["refresh_token"]}
    )
    assert renewed.json()["organization"] is None
    holder = holder_of(renewed.json(), auth)
    assert (holder.organization_id, holder.roles) == (None, ())


async def test_refresh_tokens_slide_thirty_days_and_end_after_ninety(auth) -> None:
    token = (await log_in(auth))["refresh_token"]
    for _ in range(3):
        auth.clock.advance(days=29)
        renewed = await auth.request("POST", "/api/auth/refresh", json={"refresh_token": token})
        assert renewed.status == 200
        token = renewed.json()["refresh_token"]
    auth.clock.advance(days=4)
    over = await auth.request("POST", "/api/auth/refresh", json={"refresh_token": token})
    assert (over.status, over.json()["code"]) == (401, "refresh_token_invalid")
    unknown = await auth.request("POST", "/api/auth/refresh", json={"refresh_token": "rt_x"})
    assert (unknown.status, unknown.json()["code"]) == (401, "refresh_token_invalid")


async def test_reuse_is_told_once_to_others(auth) -> None:
    first = (await log_in(auth))["refresh_token"]
    await auth.request("POST", "/api/auth/refresh", json={"refresh_token": first})
    auth.clock.advance(seconds=11)
    for _ in range(2):
        reused = await auth.request("POST", "/api/auth/refresh", json={"refresh_token": first})
        assert (reused.status, reused.json()["code"]) == (401, "refresh_token_reused")
    await auth.settled()
    assert [e.reason for e in auth.published if isinstance(e, SessionRevoked)] == ["refresh_token_reused"]


async def test_sessions_are_listed_and_ended_elsewhere(auth) -> None:
    here, there = await log_in(auth), await log_in(auth)
    me = holder_of(here, auth)
    listed = (await auth.request("GET", "/api/auth/sessions", by=me)).json()["items"]
    assert sorted(item["is_current"] for item in listed) == [False, True]
    other = holder_of(there, auth).session_id
    ended = await auth.request("DELETE", f"/api/auth/sessions/{other}", by=me)
    assert ended.status == 204
    again = await auth.request("DELETE", f"/api/auth/sessions/{other}", by=me)
    assert again.status == 404
    told = await auth.request(
        "POST", "/internal/auth/verifying-keys", by=service_principal("gateway"), json={}
    )
    assert told.json()["revoked_sessions"] == [other]
    auth.clock.advance(minutes=13)
    told = await auth.request(
        "POST", "/internal/auth/verifying-keys", by=service_principal("gateway"), json={}
    )
    assert told.json()["revoked_sessions"] == []


async def test_another_person_cannot_end_a_session(auth) -> None:
    mine = holder_of(await log_in(auth), auth)
    stranger = msgspec.structs.replace(mine, id="usr_other", session_id="ses_other")
    refused = await auth.request("DELETE", f"/api/auth/sessions/{mine.session_id}", by=stranger)
    assert refused.status == 401


async def test_logging_out_everywhere_ends_every_session(auth) -> None:
    holders = [holder_of(await log_in(auth), auth) for _ in range(3)]
    assert (await auth.request("POST", "/api/auth/logout-all", by=holders[0])).status == 204
    for holder in holders:
        assert (await auth.request("GET", "/api/auth/me", by=holder)).status == 401


async def test_a_new_password_ends_every_session_but_opens_one(auth) -> None:
    old, other = await log_in(auth), await log_in(auth)
    body = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    wrong = await auth.request(
        "POST", "/api/auth/change-password", json={**body, "current_password": "x"}, by=holder_of(old, auth)
    )
    assert wrong.status == 401
    weak = await auth.request(
        "POST", "/api/auth/change-password", json={**body, "new_password": PASSWORD}, by=holder_of(old, auth)
    )
    assert (weak.status, list(weak.json()["fields"])) == (422, ["new_password"])
    changed = await auth.request("POST", "/api/auth/change-password", json=body, by=holder_of(old, auth))
    assert changed.status == 200
    for ended in (old, other):
        assert (await auth.request("GET", "/api/auth/me", by=holder_of(ended, auth))).status == 401
    assert (await auth.request("GET", "/api/auth/me", by=holder_of(changed.json(), auth))).status == 200
    assert (await auth.request("POST", "/api/auth/login", json=OWNER)).status == 401
    await log_in(auth, password=OTHER_PASSWORD)


async def test_whoever_is_removed_or_changed_signs_in_again(auth) -> None:
    one, two = await log_in(auth), await log_in(auth, organization_id="org_2")
    user = one["user"]["id"]
    await auth.hear(MemberRemoved(organization_id="org_2", user_id=user))
    assert (await auth.request("GET", "/api/auth/me", by=holder_of(two, auth))).status == 401
    assert (await auth.request("GET", "/api/auth/me", by=holder_of(one, auth))).status == 200
    await auth.hear(MemberChanged(organization_id="org_1", user_id=user, roles=("viewer",)))
    assert (await auth.request("GET", "/api/auth/me", by=holder_of(one, auth))).status == 401


async def test_signing_keys_change_after_ninety_days_and_the_old_verify_a_day_longer(auth) -> None:
    old = jwt.get_unverified_header((await log_in(auth))["access_token"])["kid"]
    auth.clock.advance(days=90)
    new = jwt.get_unverified_header((await log_in(auth))["access_token"])["kid"]
    assert new != old

    async def published() -> list[str]:
        return [key["kid"] for key in (await auth.request("GET", "/oauth/jwks")).json()["keys"]]

    assert await published() == [new, old]
    auth.clock.advance(hours=24)
    assert await published() == [new]


async def test_events_tell_who_came_without_secrets(auth) -> None:
    signed_in = await log_in(auth)
    await auth.settled()
    registered, login = auth.published
    assert isinstance(registered, UserRegistered)
    assert registered.is_first
    assert isinstance(login, UserLoggedIn)
    assert login.session_id == holder_of(signed_in, auth).session_id
    told = b"".join(msgspec.json.encode(event) for event in auth.published).decode()
    assert PASSWORD not in told
    assert signed_in["refresh_token"] not in told


async def test_the_machine_of_the_installation_has_one_session_of_the_owner(auth) -> None:
    host = service_principal("host")
    for _ in range(2):
        opened = await auth.request("POST", "/internal/auth/owner-session", by=host, json={})
        assert opened.json()["email"] == "ada@example.org"
    holder = holder_of(opened.json(), auth)
    listed = (await auth.request("GET", "/api/auth/sessions", by=holder)).json()["items"]
    assert len(listed) == 1
    passed_on = msgspec.structs.replace(holder, via="webchat")
    refused = await auth.request("POST", "/internal/auth/owner-session", by=passed_on, json={})
    assert refused.status == 404


async def test_private_keys_and_tokens_are_not_in_the_database_file(
    start: Start, organizations, tmp_path
) -> None:
    async with start(service, settings=UNATTENDED, others={"organizations": organizations}) as auth:
        token = (await auth.request("POST", "/api/auth/login", json=OWNER)).json()["refresh_token"]
        if auth.runtime.database.dialect.name == "sqlite":
            content = b"".join(path.read_bytes() for path in tmp_path.glob("auth.db*"))
            assert token.encode() not in content
            assert PASSWORD.encode() not in content
