import asyncio

import pytest

from agenthub.contracts.auth import UserRegistered
from agenthub.contracts.organizations import (
    MemberAdded,
    MemberChanged,
    MemberRemoved,
    OrganizationCreated,
)
from agenthub.contracts.permissions import permissions_of
from agenthub.kit.auth.principal import Principal, service_principal
from agenthub.kit.clock import FrozenClock
from agenthub.services.core.organizations.logic.names import name_for, slug_candidates
from agenthub.services.core.organizations.service import service
from tests.services.conftest import Start

ADA, MAX, EVE = (f"usr_01m83etj4ne6t808m9anc10nr{letter}" for letter in "ame")


@pytest.fixture
async def door(start: Start):
    clock = FrozenClock()
    async with start(service, clock=clock) as door:
        door.clock = clock
        yield door


async def place(door, user: str, name: str, **more) -> str:
    """Sign somebody up; the organization where they are now."""
    await door.hear(UserRegistered(user_id=user, email=f"{name}@{name}.example", name=name, **more))
    return (await memberships(door, user))[-1]["organization_id"]


async def memberships(door, user: str):
    answer = await door.request(
        "POST", "/internal/organizations/memberships", by=service_principal("auth"), json={"user_id": user}
    )
    return answer.json()


def person(user: str, organization: str, *roles: str) -> Principal:
    return Principal(
        kind="user",
        id=user,
        organization_id=organization,
        roles=roles,
        permissions=permissions_of(roles),
        session_id="ses_1",
    )


async def join(door, owner: Principal, user: str, name: str, *roles: str) -> Principal:
    """Invite somebody and have them sign up by it."""
    invited = await door.request(
        "POST",
        f"/api/organizations/{owner.organization_id}/invitations",
        by=owner,
        json={"email": f"{name}@{name}.example", "roles": list(roles)},
    )
    assert invited.status == 201, invited.text
    await place(door, user, name, invitation_id=invited.json()["id"])
    return person(user, owner.organization_id, *roles)


async def test_the_first_person_owns_and_operates(door) -> None:
    await place(door, ADA, "ada", organization_name="Engine Works", is_first=True)
    await place(door, EVE, "eve")
    (ada,), (eve,) = await memberships(door, ADA), await memberships(door, EVE)
    assert (ada["name"], ada["slug"], ada["roles"]) == ("Engine Works", "engine-works", ["owner", "operator"])
    assert (eve["name"], eve["slug"], eve["roles"]) == ("Eve", "eve", ["owner"])
    assert ada["organization_id"] != eve["organization_id"]


async def test_a_person_is_placed_once_however_often_it_is_told(door) -> None:
    for _ in range(3):
        await place(door, ADA, "ada")
    assert len(await memberships(door, ADA)) == 1
    assert [type(event) for event in door.published] == [OrganizationCreated, MemberAdded]
    assert door.published[0].organization_id == door.published[1].organization_id


async def test_organizations_of_one_name_get_slugs_of_their_own(door) -> None:
    for user in (ADA, MAX, EVE):
        await place(door, user, "x", organization_name="Same Name")
    slugs = [(await memberships(door, user))[0]["slug"] for user in (ADA, MAX, EVE)]
    assert slugs == ["same-name", "same-name-2", "same-name-3"]


async def test_more_organizations_can_be_made_and_renamed(door) -> None:
    first = await place(door, ADA, "ada")
    ada = person(ADA, first, "owner")
    door.clock.advance(seconds=1)
    made = await door.request("POST", "/api/organizations", by=ada, json={"name": "Second", "slug": "second"})
    assert (made.status, made.json()["roles"]) == (201, ["owner"])
    taken = await door.request("POST", "/api/organizations", by=ada, json={"name": "Third", "slug": "second"})
    assert (taken.status, taken.json()["code"]) == (409, "slug_taken")
    for slug in ("ab", "-abc", "Abc", "a" * 41, "admin", "a b c"):
        refused = await door.request("POST", "/api/organizations", by=ada, json={"name": "T", "slug": slug})
        assert (refused.status, list(refused.json()["fields"])) == (422, ["slug"]), slug
    listed = (await door.request("GET", "/api/organizations", by=ada)).json()["items"]
    assert [item["slug"] for item in listed] == ["ada", "second"]

    changed = await door.request("PUT", f"/api/organizations/{first}", by=ada, json={"name": "First"})
    assert (changed.json()["name"], changed.json()["slug"]) == ("First", "ada")
    clash = await door.request("PUT", f"/api/organizations/{first}", by=ada, json={"slug": "second"})
    assert (clash.status, clash.json()["code"]) == (409, "slug_taken")
    inactive = await door.request(
        "PUT", f"/api/organizations/{made.json()['id']}", by=ada, json={"name": "Not here"}
    )
    assert inactive.status == 404
    seen = await door.request("GET", f"/api/organizations/{made.json()['id']}", by=ada)
    assert seen.json()["name"] == "Second"


async def test_strangers_see_nothing(door) -> None:
    adas, eves = await place(door, ADA, "ada"), await place(door, EVE, "eve")
    eve = person(EVE, eves, "owner")
    for method, path, body in (
        ("GET", "", None),
        ("PUT", "", {"name": "Mine"}),
        ("GET", "/members", None),
        ("PUT", f"/members/{ADA}", {"roles": ["viewer"]}),
        ("DELETE", f"/members/{ADA}", None),
        ("POST", "/invitations", {"email": "eve@eve.example"}),
    ):
        answer = await door.request(method, f"/api/organizations/{adas}{path}", by=eve, json=body)
        assert answer.status == 404, (method, path)
    assert (await door.request("GET", "/api/organizations/org_1", by=eve)).status == 404
    assert (
        await door.request(
            "PUT", f"/api/organizations/{eves}/members/{ADA}", by=eve, json={"roles": ["owner"]}
        )
    ).status == 404


async def test_the_last_owner_stays(door) -> None:
    organization = await place(door, ADA, "ada")
    ada = person(ADA, organization, "owner")
    root = f"/api/organizations/{organization}/members"
    for method, body in (("DELETE", None), ("PUT", {"roles": ["viewer"]})):
        refused = await door.request(method, f"{root}/{ADA}", by=ada, json=body)
        assert (refused.status, refused.json()["code"]) == (409, "last_owner")
    owner = await join(door, ada, MAX, "max", "owner")
    answers = await asyncio.gather(
        door.request("DELETE", f"{root}/{MAX}", by=ada), door.request("DELETE", f"{root}/{ADA}", by=owner)
    )
    assert sorted(answer.status for answer in answers) == [204, 409]


async def test_roles_change_and_are_told(door) -> None:
    organization = await place(door, ADA, "ada", is_first=True)
    ada = person(ADA, organization, "owner", "operator")
    await join(door, ada, MAX, "max", "viewer")
    root = f"/api/organizations/{organization}/members"
    changed = await door.request("PUT", f"{root}/{MAX}", by=ada, json={"roles": ["admin", "admin"]})
    assert (changed.status, changed.json()["roles"]) == (200, ["admin"])
    admin = person(MAX, organization, "admin")
    beyond = await door.request("PUT", f"{root}/{MAX}", by=admin, json={"roles": ["owner"]})
    assert (beyond.status, beyond.json()["permissions"]) == (403, ["organization:transfer"])
    above = await door.request("PUT", f"{root}/{ADA}", by=admin, json={"roles": ["viewer"]})
    assert above.status == 403
    for roles in (["emperor"], ["operator"], []):
        assert (await door.request("PUT", f"{root}/{MAX}", by=ada, json={"roles": roles})).status == 422
    kept = await door.request("PUT", f"{root}/{ADA}", by=ada, json={"roles": ["owner", "creator"]})
    assert kept.json()["roles"] == ["owner", "creator", "operator"]
    await door.settled()
    told = [(event.user_id, event.roles) for event in door.published if isinstance(event, MemberChanged)]
    assert told == [(MAX, ("admin",)), (ADA, ("owner", "creator", "operator"))]


async def test_anybody_may_leave_but_not_take_others_along(door) -> None:
    organization = await place(door, ADA, "ada")
    viewer = await join(door, person(ADA, organization, "owner"), MAX, "max", "viewer")
    root = f"/api/organizations/{organization}/members"
    refused = await door.request("DELETE", f"{root}/{ADA}", by=viewer)
    assert (refused.status, refused.json()["permission"]) == (403, "members:manage")
    assert (await door.request("DELETE", f"{root}/{MAX}", by=viewer)).status == 204
    assert await memberships(door, MAX) == []
    await door.settled()
    assert isinstance(door.published[-1], MemberRemoved)


async def test_members_come_in_pages(door) -> None:
    organization = await place(door, ADA, "ada")
    ada = person(ADA, organization, "owner")
    await join(door, ada, MAX, "max", "viewer")
    await join(door, ada, EVE, "eve", "viewer")
    root = f"/api/organizations/{organization}/members?limit=2"
    first = (await door.request("GET", root, by=ada)).json()
    second = (await door.request("GET", f"{root}&cursor={first['next_cursor']}", by=ada)).json()
    names = [item["name"] for item in (*first["items"], *second["items"])]
    assert sorted(names) == ["ada", "eve", "max"]
    assert second["next_cursor"] is None
    assert (await door.request("GET", f"{root}&cursor=xx", by=ada)).status == 422


async def test_an_invitation_is_good_once_for_its_address_for_a_week(door) -> None:
    organization = await place(door, ADA, "ada")
    ada = person(ADA, organization, "owner")
    maxs, eves = await place(door, MAX, "max"), await place(door, EVE, "eve")
    max_, eve = person(MAX, maxs, "owner"), person(EVE, eves, "owner")

    async def invite() -> str:
        answer = await door.request(
            "POST",
            f"/api/organizations/{organization}/invitations",
            by=ada,
            json={"email": "MAX@max.example"},
        )
        assert answer.status == 201
        return answer.json()["token"]

    async def accept(by: Principal, token: str):
        return await door.request("POST", "/api/invitations/accept", by=by, json={"token": token})

    replaced, over = await invite(), await invite()
    assert (await accept(max_, replaced)).status == 404
    assert (await accept(eve, over)).status == 404
    door.clock.advance(days=7)
    assert (await accept(max_, over)).status == 404
    token = await invite()
    joined = await accept(max_, token)
    assert (joined.status, joined.json()["id"], joined.json()["roles"]) == (200, organization, ["teammate"])
    assert (await accept(max_, token)).status == 404
    again = await door.request(
        "POST", f"/api/organizations/{organization}/invitations", by=ada, json={"email": "max@max.example"}
    )
    assert (again.status, again.json()["code"]) == (409, "already_member")


async def test_open_invitations_are_limited(start: Start) -> None:
    async with start(service, settings={"open_invitations": 1}) as door:
        organization = await place(door, ADA, "ada")
        statuses = [
            (
                await door.request(
                    "POST",
                    f"/api/organizations/{organization}/invitations",
                    by=person(ADA, organization, "owner"),
                    json={"email": email},
                )
            ).status
            for email in ("a@x.example", "a@x.example", "b@x.example")
        ]
        assert statuses == [201, 201, 402]


@pytest.mark.parametrize(
    ("email", "wished", "name"),
    [
        ("ada@engines.example", None, "Engines"),
        ("ada@mail.engines.co.uk", None, "Engines"),
        ("ada@gmail.com", None, "Ada's organization"),
        ("ada@localhost", None, "Ada's organization"),
        ("ada@gmail.com", "  Engine Works ", "Engine Works"),
    ],
)
def test_a_first_organization_is_named_after_wish_domain_or_person(email, wished, name) -> None:
    assert name_for(email, "Ada", wished) == name


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Engine Works", "engine-works"),
        ("Ada's organization", "adas-organization"),
        ("Käse & Söhne", "kase-sohne"),
        ("AB", "ab-org"),
        ("Admin", "admin-org"),
        ("मेरी दुकान", "org"),
        ("x" * 100, "x" * 32),
    ],
)
def test_a_slug_is_made_of_any_name(name: str, slug: str) -> None:
    candidates = list(slug_candidates(name, f"org_{'0' * 26}"))
    assert candidates[0] == slug
    assert all(3 <= len(candidate) <= 40 for candidate in candidates)
    assert len(set(candidates)) == len(candidates)
