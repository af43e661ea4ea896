import asyncio

import pytest

from agenthub.contracts.auth import UserRegistered
from agenthub.contracts.organizations import OpenInvitation
from agenthub.kit.auth.principal import service_principal
from agenthub.kit.errors import Invalid, Misconfigured
from agenthub.services.core.auth.logic.accounts import NewAccount
from agenthub.services.core.auth.logic.passwords import Hasher
from agenthub.services.core.auth.service import service
from tests.services.auth.conftest import OWNER, PASSWORD
from tests.services.conftest import Start

UNATTENDED = {"admin_email": "ada@example.org", "admin_password": PASSWORD}
NEW = {"email": "max@example.org", "password": PASSWORD, "name": "Max"}


async def setup_token(auth) -> str | None:
    answer = await auth.request("POST", "/internal/auth/setup-link", by=service_principal("host"), json={})
    return answer.json()["token"]


def setup_body(token: str | None, **changes):
    return {**OWNER, "name": "Ada", "organization_name": "Engines", "token": token, **changes}


async def test_of_two_who_hold_the_link_one_becomes_owner(start: Start, organizations) -> None:
    async with start(service, others={"organizations": organizations}) as auth:
        token = await setup_token(auth)
        answers = await asyncio.gather(
            *(
                auth.request("POST", "/api/auth/setup", json=setup_body(token, email=f"{name}@example.org"))
                for name in ("ada", "eve")
            )
        )
        assert sorted(answer.status for answer in answers) == [201, 403]
        await auth.settled()
        assert len([event for event in auth.published if isinstance(event, UserRegistered)]) == 1
        assert await setup_token(auth) is None


async def test_each_start_has_its_own_link_until_there_is_an_owner(start: Start, organizations) -> None:
    async with start(service, others={"organizations": organizations}) as auth:
        former = await setup_token(auth)
    async with start(service, others={"organizations": organizations}) as auth:
        token = await setup_token(auth)
        assert token != former
        old = await auth.request("POST", "/api/auth/setup", json=setup_body(former))
        assert (old.status, old.json()["code"]) == (403, "setup_token_invalid")
        assert (await auth.request("POST", "/api/auth/setup", json=setup_body(token))).status == 201
    async with start(service, others={"organizations": organizations}) as auth:
        assert await setup_token(auth) is None
        assert (await auth.request("POST", "/api/auth/login", json=OWNER)).status == 200


async def test_what_is_wrong_is_said_at_its_field_and_the_link_stays_good(
    start: Start, organizations
) -> None:
    async with start(service, others={"organizations": organizations}) as auth:
        token = await setup_token(auth)
        wrong = {"password": "short", "email": "no address", "name": " "}
        for field, value in wrong.items():
            refused = await auth.request("POST", "/api/auth/setup", json=setup_body(token, **{field: value}))
            assert (refused.status, list(refused.json()["fields"])) == (422, [field])
        assert (await auth.request("POST", "/api/auth/setup", json=setup_body(token))).status == 201


async def test_nobody_signs_up_before_there_is_an_owner(start: Start, organizations) -> None:
    async with start(
        service, settings={"sign_up_open": True}, others={"organizations": organizations}
    ) as auth:
        refused = await auth.request("POST", "/api/auth/register", json=NEW)
        assert (refused.status, refused.json()["code"]) == (403, "sign_up_closed")


async def test_signing_up_twice_looks_the_same_and_changes_nothing(start: Start, organizations) -> None:
    settings = {**UNATTENDED, "sign_up_open": True}
    async with start(service, settings=settings, others={"organizations": organizations}) as auth:
        first = await auth.request("POST", "/api/auth/register", json=NEW)
        other = {**NEW, "password": "quartz-violin-harbour-7", "name": "Mallory"}
        second = await auth.request("POST", "/api/auth/register", json=other)
        assert (first.status, first.body) == (second.status, second.body) == (201, first.body)
        login = {"email": NEW["email"], "password": other["password"]}
        assert (await auth.request("POST", "/api/auth/login", json=login)).status == 401
        await auth.settled()
        names = [event.name for event in auth.published if isinstance(event, UserRegistered)]
        assert names == ["Owner", "Max"]


async def test_an_invitation_opens_a_closed_installation(start: Start, organizations) -> None:
    async with start(service, settings=UNATTENDED, others={"organizations": organizations}) as auth:
        body = {**NEW, "invitation_token": "ivt_x"}
        refused = await auth.request("POST", "/api/auth/register", json=body)
        assert (refused.status, refused.json()["code"]) == (403, "invitation_invalid")
        organizations.invitation = OpenInvitation(invitation_id="ivt_1", organization_id="org_1")
        assert (await auth.request("POST", "/api/auth/register", json=body)).status == 201
        await auth.settled()
        assert auth.published[-1].invitation_id == "ivt_1"


async def test_sign_ups_from_one_network_address_are_limited(start: Start, organizations) -> None:
    settings = {**UNATTENDED, "sign_up_open": True, "sign_ups_per_address": 2}
    async with start(service, settings=settings, others={"organizations": organizations}) as auth:
        statuses = [
            (
                await auth.request("POST", "/api/auth/register", json={**NEW, "email": f"{n}@example.org"})
            ).status
            for n in range(3)
        ]
        assert statuses == [201, 201, 429]


async def test_a_login_goes_on_without_an_organization_that_is_late(start: Start, organizations) -> None:
    organizations.places = []
    settings = {**UNATTENDED, "placing_seconds": 0.1}
    async with start(service, settings=settings, others={"organizations": organizations}) as auth:
        login = await auth.request("POST", "/api/auth/login", json=OWNER)
        assert (login.status, login.json()["organization"]) == (200, None)
        assert len(organizations.asked) > 2


@pytest.mark.parametrize(
    "settings", [{"admin_email": "ada@example.org"}, {**UNATTENDED, "admin_password": "password1234"}]
)
async def test_an_unattended_owner_needs_both_settings_and_a_good_password(
    start: Start, organizations, settings
) -> None:
    with pytest.raises(Misconfigured, match="admin_password"):
        async with start(service, settings=settings, others={"organizations": organizations}):
            pass


@pytest.mark.parametrize(
    "password",
    [
        "elevenchars",
        "x" * 129,
        "password1234",
        "P@ssw0rd2024!",
        "qwertyuiop123",
        "aaaaaaaaaaaa",
        "123456789012",
        "abcdefghijkl",
        "sunshinesunshine",
        "liverpool-2019",
        "ada@engines.example",
        "Lovelace Ada",
        "engineworks1",
    ],
)
def test_a_password_that_others_would_guess_is_refused(password: str) -> None:
    new = NewAccount("ada@engines.example", password, "Lovelace Ada", "engineworks")
    with pytest.raises(Invalid):
        Hasher(None).refuse_weak(password, new.personal)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "correct horse tuesday",
        "ein Käse zum Frühstück",
        "x7!kQ2#mZ9$w",
        "密码是一只会飞的绿色大象呢",
    ],
)
def test_a_password_of_ones_own_is_accepted(password: str) -> None:
    new = NewAccount("ada@engines.example", password, "Ada Lovelace", "Engine Works")
    Hasher(None).refuse_weak(password, new.personal)  # type: ignore[arg-type]


async def test_the_setup_page_brings_all_of_itself_and_runs_nothing_foreign(
    start: Start, organizations
) -> None:
    async with start(service, others={"organizations": organizations}) as auth:
        page = await auth.request("GET", "/setup?token=x")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "http://" not in page.text
        assert "https://" not in page.text
        assert "style=" not in page.text
        for path, kind in (("/setup/setup.js", "text/javascript"), ("/setup/setup.css", "text/css")):
            assert path in page.text
            part = await auth.request("GET", path)
            assert part.headers["content-type"].startswith(kind)
