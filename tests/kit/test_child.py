"""A child may do anything; its caller gets a result or a plain sentence."""

import asyncio
import time
from pathlib import Path

import psutil
import pytest

from agenthub.kit.workers.child import ChildFailed, ChildLimits, Children, Reason

ZOO = "tests.kit.child_zoo."
MEBIBYTE = 1024 * 1024


@pytest.fixture
def children() -> Children:
    return Children(parallel=2)


async def failure(children: Children, function: str, limits: ChildLimits | None = None) -> ChildFailed:
    with pytest.raises(ChildFailed) as failed:
        await children.run(ZOO + function, b"", limits or ChildLimits())
    assert failed.value.detail.endswith(".") or failed.value.reason is Reason.crashed
    assert failed.value.body("req_1")["reason"] == failed.value.reason
    return failed.value


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def until_dead(pids: list[int]) -> None:
    async with asyncio.timeout(5):
        while any(is_alive(pid) for pid in pids):
            await asyncio.sleep(0.01)


async def test_bytes_go_in_and_come_out(children: Children) -> None:
    assert await children.run(ZOO + "upper", b"abc") == b"ABC"
    assert await children.run(ZOO + "upper", b"") == b""
    assert await children.run(ZOO + "upper", b"a" * 3_000_000) == b"A" * 3_000_000


async def test_a_path_is_opened_by_the_child(children: Children, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert await children.run(ZOO + "size_of", tmp_path / "file") == b"5"


async def test_the_child_inherits_no_environment(children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTHUB_MASTER_KEY", "secret")
    names = (await children.run(ZOO + "environment", b"")).decode().split("\n")
    assert "AGENTHUB_MASTER_KEY" not in names
    assert set(names) - {"LC_CTYPE"} == {
        "LANG",
        "MALLOC_ARENA_MAX",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "PATH",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONPATH",
    }


async def test_prints_do_not_spoil_the_answer(children: Children) -> None:
    assert await children.run(ZOO + "chatty", b"") == b"clean"


async def test_a_memory_bomb_is_stopped(children: Children) -> None:
    limits = ChildLimits(memory_bytes=200 * MEBIBYTE)
    assert (await failure(children, "memory_bomb", limits)).reason is Reason.too_much_memory


@pytest.mark.parametrize("function", ["native_out_of_memory", "killed"])
async def test_memory_is_named_where_native_code_or_the_kernel_ends_it(
    children: Children, function: str
) -> None:
    assert (await failure(children, function)).reason is Reason.too_much_memory


async def test_an_infinite_loop_is_stopped_by_its_computing_time(children: Children) -> None:
    failed = await failure(children, "spin", ChildLimits(cpu_seconds=1))
    assert failed.reason is Reason.too_slow
    assert failed.detail == "The work was stopped after 1 s of computing."


async def test_an_infinite_loop_is_stopped_by_the_clock(children: Children) -> None:
    failed = await failure(children, "spin", ChildLimits(wall_seconds=0.3))
    assert failed.reason is Reason.too_slow
    assert failed.detail == "The work was stopped after 0.3 s."


async def test_a_crash_names_its_signal_or_status(children: Children) -> None:
    assert "signal 11" in (await failure(children, "segfault")).detail
    assert "status 3" in (await failure(children, "leave")).detail


async def test_too_much_output_is_refused(children: Children) -> None:
    failed = await failure(children, "huge", ChildLimits(output_bytes=MEBIBYTE))
    assert failed.reason is Reason.too_much_output


async def test_an_endless_answer_is_cut_off_though_nobody_reads_it(children: Children) -> None:
    failed = await failure(children, "flood", ChildLimits(output_bytes=MEBIBYTE))
    assert failed.reason is Reason.too_much_output


async def test_an_exception_is_named(children: Children) -> None:
    failed = await failure(children, "raise_error")
    assert failed.reason is Reason.crashed
    assert failed.detail == "The work failed: ValueError: bad cross-reference table"
    assert (await failure(children, "no_such_function")).reason is Reason.crashed


async def test_a_problem_refuses_in_its_own_words(children: Children) -> None:
    failed = await failure(children, "refuse")
    assert failed.reason is Reason.refused
    assert failed.detail == "The document is protected by a password. Remove it and try again."


async def test_a_cancelled_call_leaves_no_process(children: Children, tmp_path: Path) -> None:
    call = asyncio.create_task(children.run(ZOO + "hang_with_offspring", tmp_path / "pids"))
    async with asyncio.timeout(10):
        while not (tmp_path / "pids").exists():
            await asyncio.sleep(0.01)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert all(is_alive(pid) for pid in pids)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await until_dead(pids)


async def test_what_the_child_started_ends_with_it(children: Children, tmp_path: Path) -> None:
    assert await children.run(ZOO + "leave_offspring", tmp_path / "pid") == b"done"
    await until_dead([int((tmp_path / "pid").read_text())])


async def test_no_more_than_the_given_number_run_at_once(tmp_path: Path) -> None:
    children = Children(parallel=2)
    calls = [children.run(ZOO + "count_running", tmp_path) for _ in range(6)]
    assert max(int(count) for count in await asyncio.gather(*calls)) <= 2


async def test_the_loop_goes_on_while_a_child_works(children: Children) -> None:
    work = asyncio.create_task(children.run(ZOO + "spin", b"", ChildLimits(wall_seconds=0.4)))
    longest, last = 0.0, time.monotonic()
    while not work.done():
        await asyncio.sleep(0.005)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    assert isinstance(work.exception(), ChildFailed)
    assert longest < 0.3


async def test_a_child_loads_little(children: Children) -> None:
    loaded = set((await children.run("tests.kit.child_zoo.modules", b"")).decode().split("\n"))
    assert not loaded & {"asyncio", "pydantic", "sqlalchemy", "fastapi"}
