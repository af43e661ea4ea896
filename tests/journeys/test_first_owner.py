"""The first minutes of an installation: its owner is made, works, and is robbed in vain."""

from agenthub.contracts.auth import AuthClient
from agenthub.kit.auth.principal import service_principal
from agenthub.kit.calls.door import Door
from agenthub.kit.clock import FrozenClock
from agenthub.kit.tracing import new_origin
from agenthub.services.core.auth.service import service as auth
from agenthub.services.core.organizations.service import service as organizations
from tests.journeys.conftest import Together

PASSWORD = "brick-lantern-otter-51"
OWNER = {
    "email": "Ada@Example.org",
    "password": PASSWORD,
    "name": "Ada Lovelace",
    "organization_name": "Engine Works",
}


def _auth_client(runtimes) -> AuthClient:
    door = Door(runtimes["auth"].ports.transport, "auth", service_principal("host"), new_origin())
    return AuthClient(door)


def _bearer(answer) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def test_an_owner_is_made_once_and_a_stolen_refresh_token_ends_the_session(together: Together) -> None:
    clock = FrozenClock()
    async with together(auth, organizations, clock=clock) as (http, runtimes):
        client = _auth_client(runtimes)
        link = await client.setup_link()
        assert link.token
        refused = await http.post("/api/auth/setup", json={**OWNER, "token": "wrong"})
        assert (refused.status_code, refused.json()["code"]) == (403, "setup_token_invalid")

        made = await http.post("/api/auth/setup", json={**OWNER, "token": link.token})
        assert made.status_code == 201, made.text
        assert made.json()["user"]["email"] == "ada@example.org"
        assert made.json()["organization"]["name"] == "Engine Works"
        assert made.json()["organization"]["roles"] == ["owner", "operator"]
        again = await http.post("/api/auth/setup", json={**OWNER, "token": link.token})
        assert (again.status_code, again.json()["code"]) == (403, "setup_done")
        assert (await client.setup_link()).token is None

        login = await http.post("/api/auth/login", json={"email": "ada@example.org", "password": PASSWORD})
        assert login.status_code == 200
        me = await http.get("/api/auth/me", headers=_bearer(login))
        assert me.json()["organization"]["slug"] == "engine-works"
        listed = await http.get("/api/organizations", headers=_bearer(login))
        assert [item["name"] for item in listed.json()["items"]] == ["Engine Works"]

        first = login.json()["refresh_token"]
        renewed = await http.post("/api/auth/refresh", json={"refresh_token": first})
        assert renewed.status_code == 200
        tab = await http.post("/api/auth/refresh", json={"refresh_token": first})
        assert tab.json()["refresh_token"] == renewed.json()["refresh_token"] != first

        clock.advance(seconds=11)
        reused = await http.post("/api/auth/refresh", json={"refresh_token": first})
        assert (reused.status_code, reused.json()["code"]) == (401, "refresh_token_reused")
        family = await http.post("/api/auth/refresh", json={"refresh_token": renewed.json()["refresh_token"]})
        assert family.status_code == 401
        ended = await http.get("/api/organizations", headers=_bearer(renewed))
        assert (ended.status_code, ended.json()["code"]) == (401, "session_revoked")

        other = await http.get("/api/auth/me", headers=_bearer(made))
        assert other.status_code == 200
        out = await http.post("/api/auth/logout", headers=_bearer(made))
        assert out.status_code == 204
        gone = await http.get("/api/auth/me", headers=_bearer(made))
        assert gone.status_code == 401


async def test_two_sign_ups_give_two_organizations_that_do_not_see_each_other(together: Together) -> None:
    settings = {"auth": {"admin_email": "root@example.org", "admin_password": PASSWORD, "sign_up_open": True}}
    async with together(auth, organizations, settings=settings) as (http, runtimes):
        assert (await _auth_client(runtimes).setup_link()).token is None
        tokens = {}
        for name in ("alice", "berta"):
            person = {"email": f"{name}@{name}s-shop.co.uk", "password": PASSWORD}
            signed_up = await http.post("/api/auth/register", json={**person, "name": name})
            assert signed_up.status_code == 201
            repeated = await http.post("/api/auth/register", json={**person, "name": "Mallory"})
            assert (repeated.status_code, repeated.json()) == (201, signed_up.json())
            login = await http.post("/api/auth/login", json=person)
            assert login.json()["user"]["name"] == name
            tokens[name] = login
        alices = tokens["alice"].json()["organization"]
        assert alices["name"] == "Alices-shop"
        assert alices["roles"] == ["owner"]
        for method, path in (("GET", ""), ("PUT", ""), ("GET", "/members")):
            answer = await http.request(
                method,
                f"/api/organizations/{alices['id']}{path}",
                headers=_bearer(tokens["berta"]),
                json={"name": "Mine"} if method == "PUT" else None,
            )
            assert answer.status_code == 404, (method, path)


async def test_an_invited_person_joins_and_leaves_with_their_sessions(together: Together) -> None:
    settings = {"auth": {"admin_email": "root@example.org", "admin_password": PASSWORD}}
    async with together(auth, organizations, settings=settings) as (http, _):
        root = await http.post("/api/auth/login", json={"email": "root@example.org", "password": PASSWORD})
        place = f"/api/organizations/{root.json()['organization']['id']}"
        closed = {"email": "eve@example.org", "password": PASSWORD, "name": "Eve"}
        refused = await http.post("/api/auth/register", json=closed)
        assert (refused.status_code, refused.json()["code"]) == (403, "sign_up_closed")

        invited = await http.post(
            f"{place}/invitations",
            headers=_bearer(root),
            json={"email": "max@example.org", "roles": ["viewer"]},
        )
        assert invited.status_code == 201
        token = invited.json()["token"]
        wrong = await http.post("/api/auth/register", json={**closed, "invitation_token": token})
        assert (wrong.status_code, wrong.json()["code"]) == (403, "invitation_invalid")
        person = {"email": "max@example.org", "password": PASSWORD}
        joined = await http.post(
            "/api/auth/register", json={**person, "name": "Max", "invitation_token": token}
        )
        assert joined.status_code == 201
        login = await http.post("/api/auth/login", json=person)
        assert login.json()["organization"]["roles"] == ["viewer"]
        forbidden = await http.put(place, headers=_bearer(login), json={"name": "Mine"})
        assert (forbidden.status_code, forbidden.json()["permission"]) == (403, "organization:manage")
        removed = await http.delete(f"{place}/members/{login.json()['user']['id']}", headers=_bearer(root))
        assert removed.status_code == 204
        assert (await http.get(place, headers=_bearer(login))).status_code in {401, 404}
