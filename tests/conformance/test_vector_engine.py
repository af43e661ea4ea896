"""Every vector engine stores, finds and forgets alike."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agenthub.services.intelligence.embeddings.engines import exact
from agenthub.services.intelligence.embeddings.engines.edge import EdgeEngine
from agenthub.services.intelligence.embeddings.engines.exact import ExactEngine
from agenthub.services.intelligence.embeddings.engines.port import Point
from agenthub.services.intelligence.embeddings.errors import DimensionMismatch, TooManyPoints
from tests.conformance.vector_engines import ENGINES, open_engine

Engine = EdgeEngine | ExactEngine
EAST, NORTH, NORTH_EAST = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0]


@pytest.fixture(params=ENGINES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def engine(name: str, tmp_path: Path) -> AsyncIterator[Engine]:
    opened = open_engine(name, tmp_path)
    yield opened
    await opened.close()


async def ids(engine: Engine, collection: str = "col_a", **filter_by: str | int | bool) -> list[str]:
    return [one.id for one in await engine.search(collection, EAST, 10, filter_by)]


async def test_the_nearest_come_first_with_their_similarity(engine: Engine) -> None:
    points = [
        Point("n", NORTH, {"w": "up"}),
        Point("e", [3.0, 0.0, 0.0]),
        Point("ne", NORTH_EAST, {"l": [1]}),
    ]
    await engine.upsert("col_a", points)
    found = await engine.search("col_a", EAST, 2)
    assert [one.id for one in found] == ["e", "ne"]
    assert [one.score for one in found] == pytest.approx([1, 0.7071], abs=1e-3)
    assert found[1].payload == {"l": [1]}


async def test_a_known_id_is_replaced_whole(engine: Engine) -> None:
    await engine.upsert("col_a", [Point("a", EAST, {"old": True}), Point("b", NORTH_EAST)])
    await engine.upsert("col_a", [Point("a", NORTH, {"new": True})])
    found = await engine.search("col_a", EAST, 10)
    assert [(one.id, one.payload) for one in found] == [("b", {}), ("a", {"new": True})]


async def test_a_filter_keeps_what_equals_every_value(engine: Engine) -> None:
    await engine.upsert(
        "col_a",
        [
            Point("a", EAST, {"organization_id": "org_1", "year": 2024, "tags": ["x", "y"]}),
            Point("b", EAST, {"organization_id": "org_2", "year": 2024, "open": True, "a.b": "dot"}),
            Point("c", NORTH, {"organization_id": "org_1", "year": 1}),
        ],
    )
    assert await ids(engine, organization_id="org_1") == ["a", "c"]
    assert await ids(engine, organization_id="org_1", year=2024) == ["a"]
    assert await ids(engine, tags="y") == ["a"]
    assert await ids(engine, open=True) == ["b"]
    assert await ids(engine, open=1) == []
    assert await ids(engine, open=False) == []
    assert await ids(engine, **{"a.b": "dot"}) == ["b"]
    assert await ids(engine, year="2024") == []
    assert await ids(engine, absent="x") == []


async def test_deleted_points_are_gone(engine: Engine) -> None:
    await engine.upsert("col_a", [Point("a", EAST), Point("b", NORTH)])
    await engine.delete("col_a", ["a", "never-there"])
    await engine.delete("col_unknown", ["a"])
    assert await ids(engine) == ["b"]


async def test_two_collections_never_mix(engine: Engine) -> None:
    await engine.upsert("col_a", [Point("same", EAST, {"of": "a"})])
    await engine.upsert("col_b", [Point("same", EAST, {"of": "b"}), Point("more", EAST)])
    assert await ids(engine, "col_a") == ["same"]
    await engine.drop("col_a")
    await engine.drop("col_a")
    assert await ids(engine, "col_a") == []
    assert sorted(await ids(engine, "col_b")) == ["more", "same"]


async def test_a_dropped_collection_may_come_again_in_another_dimension(engine: Engine) -> None:
    await engine.upsert("col_a", [Point("a", EAST)])
    await engine.drop("col_a")
    await engine.upsert("col_a", [Point("b", [1.0, 0.0])])
    assert [one.id for one in await engine.search("col_a", [1.0, 0.0], 5)] == ["b"]


async def test_another_dimension_is_refused_and_nothing_stored(engine: Engine) -> None:
    await engine.upsert("col_a", [Point("a", EAST)])
    with pytest.raises(DimensionMismatch, match=r"3 numbers.* has 2\..*switch") as refused:
        await engine.upsert("col_a", [Point("b", EAST), Point("c", [1.0, 2.0])])
    assert refused.value.status == 422
    assert refused.value.body("req_1")["expected"] == 3
    assert refused.value.body("req_1")["given"] == 2
    with pytest.raises(DimensionMismatch):
        await engine.search("col_a", [1.0], 5)
    assert await ids(engine) == ["a"]


async def test_the_first_batch_of_a_collection_must_agree_in_itself(engine: Engine) -> None:
    with pytest.raises(DimensionMismatch):
        await engine.upsert("col_a", [Point("a", EAST), Point("b", [1.0])])
    assert await ids(engine) == []


async def test_many_writers_at_once_lose_nothing(engine: Engine) -> None:
    await asyncio.gather(
        *(engine.upsert("col_a", [Point(f"{w}-{n}", [1.0, w, n]) for n in range(30)]) for w in range(8))
    )
    assert len(await engine.search("col_a", EAST, 1000)) == 240


async def test_everything_is_there_after_a_hard_kill(name: str, tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "tests.conformance.vector_child", name, str(tmp_path)],
        stdout=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": ":".join(path for path in sys.path if path)},
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None
    assert await child.stdout.readline() == b"stored\n"
    child.kill()
    await child.wait()
    engine = open_engine(name, tmp_path)
    found = await engine.search("col_a", EAST, 1000)
    assert {one.id for one in found} == {f"p{n}" for n in range(1, 100)}
    assert found[0].payload == {"n": 1}
    await engine.upsert("col_a", [Point("after", EAST)])
    assert (await engine.search("col_a", EAST, 1))[0].id == "after"
    await engine.close()


async def test_shards_beyond_the_limit_are_closed_and_opened_again(tmp_path: Path) -> None:
    engine = open_engine("edge", tmp_path, most_open=2)
    for number in range(6):
        await engine.upsert(f"col_{number}", [Point("a", EAST, {"n": number})])
    found = await asyncio.gather(*(engine.search(f"col_{number}", EAST, 1) for number in range(6)))
    assert [one[0].payload["n"] for one in found] == list(range(6))
    # Only a closed shard can be opened by another.
    other = open_engine("edge", tmp_path)
    assert (await other.search("col_0", EAST, 1))[0].id == "a"
    await other.close()
    await engine.close()


async def test_the_exact_engine_says_where_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "MOST_POINTS", 2)
    engine = open_engine("exact", tmp_path)
    await engine.upsert("col_a", [Point("a", EAST), Point("b", EAST)])
    await engine.upsert("col_a", [Point("b", NORTH)])
    with pytest.raises(TooManyPoints, match=r"3 points.*at most 2.*qdrant"):
        await engine.upsert("col_a", [Point("c", EAST)])
    await engine.close()
