"""A link opens one file, for a while, to whoever has it."""

from agenthub.kit.clock import FrozenClock
from agenthub.kit.testing import Running
from agenthub.services.intelligence.files.jobs import sweep
from agenthub.services.intelligence.files.models import LinkRow, links
from agenthub.services.intelligence.files.service import service
from tests.doors import Start
from tests.services.files.doors import OWNER, STRANGER, upload

TEXT = b"Shared with a friend."


async def _linked(door: Running, **wish: int) -> tuple[str, str]:
    file_id = (await upload(door, TEXT)).json()["id"]
    answer = await door.request("POST", f"/api/files/{file_id}/link", by=OWNER, json=wish or None)
    assert answer.status == 201, answer.text
    return file_id, answer.json()["path"]


async def test_a_link_opens_its_file_until_it_expires(start: Start) -> None:
    clock = FrozenClock()
    async with start(service, clock=clock) as door:
        _, path = await _linked(door)
        answer = await door.request("GET", path)
        assert (answer.status, answer.body) == (200, TEXT)
        assert "sandbox" in answer.headers["content-security-policy"]
        clock.advance(minutes=14)
        assert (await door.request("GET", path, headers={"range": "bytes=0-5"})).body == b"Shared"
        clock.advance(minutes=1)
        assert (await door.request("GET", path)).status == 404


async def test_one_changed_character_opens_nothing(start: Start) -> None:
    async with start(service) as door:
        _, path = await _linked(door)
        for place in (3, 20, len(path) - 1):
            other = "A" if path[place] != "A" else "B"
            assert (await door.request("GET", path[:place] + other + path[place + 1 :])).status == 404
        assert (await door.request("GET", "/f/")).status == 404


async def test_a_link_ends_when_it_is_revoked_and_when_its_file_goes(start: Start) -> None:
    async with start(service) as door:
        first, path = await _linked(door)
        second, other = await _linked(door, minutes=60)
        assert (await door.request("DELETE", f"/api/files/{first}/link", by=OWNER)).status == 204
        assert (await door.request("GET", path)).status == 404
        assert (await door.request("GET", other)).status == 200
        await door.request("DELETE", f"/api/files/{second}", by=OWNER)
        assert (await door.request("GET", other)).status == 404


async def test_strangers_neither_make_nor_revoke_links(start: Start) -> None:
    async with start(service) as door:
        file_id, path = await _linked(door)
        made = await door.request("POST", f"/api/files/{file_id}/link", by=STRANGER, json={})
        assert made.status == 404
        assert (await door.request("DELETE", f"/api/files/{file_id}/link", by=STRANGER)).status == 404
        assert (await door.request("GET", path)).status == 200
        too_long = await door.request(
            "POST", f"/api/files/{file_id}/link", by=OWNER, json={"minutes": 10_081}
        )
        assert too_long.status == 422


async def test_links_that_are_over_are_swept_and_tokens_never_kept(start: Start) -> None:
    clock = FrozenClock()
    async with start(service, clock=clock) as door:
        _, old = await _linked(door, minutes=1)
        clock.advance(minutes=2)
        _, fresh = await _linked(door)
        async with door.runtime.own_unit() as ctx:
            await sweep(ctx)
        rows = await _rows(door)
        assert len(rows) == 1
        assert rows[0].token_hash not in {old.removeprefix("/f/"), fresh.removeprefix("/f/")}
        assert (await door.request("GET", fresh)).status == 200


async def _rows(door: Running) -> list[LinkRow]:
    from sqlalchemy import select

    async with door.runtime.own_unit() as ctx:
        return await ctx.db.across_organizations().all(select(links), LinkRow)
