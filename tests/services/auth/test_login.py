import asyncio
import time

import pytest

from agenthub.contracts.auth import LoginFailed
from agenthub.kit.clock import FrozenClock
from agenthub.services.core.auth.service import service
from tests.services.auth.conftest import OWNER, PASSWORD
from tests.services.conftest import Start

UNATTENDED = {"admin_email": "ada@example.org", "admin_password": PASSWORD}


@pytest.fixture
async def auth(start: Start, organizations):
    clock = FrozenClock()
    async with start(
        service, settings=UNATTENDED, others={"organizations": organizations}, clock=clock
    ) as door:
        door.clock = clock
        yield door


async def attempt(auth, email="ada@example.org", password="wrong"):
    return await auth.request("POST", "/api/auth/login", json={"email": email, "password": password})


def told(answer):
    return {name: value for name, value in answer.json().items() if name != "request_id"}


async def test_known_and_unknown_addresses_get_the_same_answers(auth) -> None:
    for _ in range(6):
        known = await attempt(auth)
        unknown = await attempt(auth, "nobody@example.org")
        assert (known.status, told(known)) == (unknown.status, told(unknown))
        assert known.headers.get("retry-after") == unknown.headers.get("retry-after")
    assert (known.status, known.json()["code"]) == (429, "too_many_failures")
    assert known.headers["retry-after"] == "1"


async def test_waits_double_and_the_right_password_waits_too(auth) -> None:
    waits = []
    for _ in range(5):
        await attempt(auth)
    for _ in range(4):
        refused = await attempt(auth, password=PASSWORD)
        assert refused.status == 429
        waits.append(int(refused.headers["retry-after"]))
        auth.clock.advance(seconds=waits[-1])
        assert (await attempt(auth)).status == 401
    assert waits == [1, 2, 4, 8]
    auth.clock.advance(seconds=16)
    assert (await attempt(auth, password=PASSWORD)).status == 200
    assert (await attempt(auth)).status == 401


async def test_twenty_failures_in_an_hour_lock_the_account_for_a_quarter(auth, monkeypatch) -> None:
    from agenthub.services.core.auth.logic import throttle

    # Without the growing wait twenty failures would need more than an hour.
    monkeypatch.setattr(throttle, "_wait_after", lambda _count, _now: None)
    for _ in range(20):
        assert (await attempt(auth)).status == 401
    locked = await attempt(auth, password=PASSWORD)
    assert (locked.status, locked.json()["code"], locked.headers["retry-after"]) == (
        429,
        "account_locked",
        "900",
    )
    auth.clock.advance(minutes=15)
    assert (await attempt(auth, password=PASSWORD)).status == 200


async def test_one_network_address_cannot_try_many_accounts(start: Start, organizations) -> None:
    settings = {**UNATTENDED, "failures_per_address": 5}
    async with start(service, settings=settings, others={"organizations": organizations}) as auth:
        for number in range(5):
            assert (await attempt(auth, f"a{number}@example.org")).status == 401
        refused = await attempt(auth, "another@example.org")
        assert refused.status == 429
        assert int(refused.headers["retry-after"]) > 60


async def test_failures_are_told_without_the_whole_address(auth) -> None:
    await attempt(auth)
    await auth.settled()
    failed = [event for event in auth.published if isinstance(event, LoginFailed)]
    assert [event.account_hint for event in failed] == ["a…@example.org"]


async def test_an_unknown_account_takes_as_long_as_a_known_one(auth) -> None:
    async def seconds(email: str) -> float:
        begun = time.perf_counter()
        await attempt(auth, email)
        return time.perf_counter() - begun

    known = min([await seconds("ada@example.org") for _ in range(4)])
    unknown = min([await seconds("nobody@example.org") for _ in range(4)])
    assert 0.5 < known / unknown < 2


async def test_a_burst_of_logins_is_bounded_and_told_to_come_back(auth) -> None:
    answers = await asyncio.gather(*(attempt(auth, password=PASSWORD) for _ in range(60)))
    assert {answer.status for answer in answers} == {200, 429}
    assert all("retry-after" in answer.headers for answer in answers if answer.status == 429)
    assert sum(answer.status == 200 for answer in answers) >= 28


async def test_a_body_with_more_than_it_may_is_refused(auth) -> None:
    refused = await auth.request("POST", "/api/auth/login", json={**OWNER, "roles": ["owner"]})
    assert (refused.status, list(refused.json()["fields"])) == (422, ["roles"])
