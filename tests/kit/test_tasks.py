"""Tasks take effect once, in order, again after a failure, and die with their reason."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from agenthub.kit.auth.principal import service_principal
from agenthub.kit.clock import FrozenClock
from agenthub.kit.errors import Unavailable
from agenthub.kit.tasks import statements as sql
from agenthub.kit.tasks.model import BACKOFF_SECONDS, MAX_ATTEMPTS
from agenthub.kit.testing import Running
from tests.doors import Start
from tests.toys.counter import COUNT, SEEN, Behaviour, Happened, Seen, counter_service

CALLER = service_principal("test", "org_a")


async def count(running: Running, name: str) -> int:
    async with running.runtime.own_unit("org_a") as ctx:
        return int(await ctx.db.scalar(COUNT, name=name) or 0)


async def seen(running: Running, name: str) -> list[int]:
    async with running.runtime.own_unit("org_a") as ctx:
        return [row.number for row in await ctx.db.all(SEEN, Seen, name=name)]


async def task_states(running: Running) -> list[tuple[str, int, str | None]]:
    from sqlalchemy import select

    from agenthub.kit.db.tables import tasks

    async with running.runtime.own_unit() as ctx:
        statement = select(tasks.c.state, tasks.c.attempts, tasks.c.reason).order_by(tasks.c.seq)
        return [(row["state"], row["attempts"], row["reason"]) for row in await ctx.db.all(statement, dict)]


def happened(number: int, name: str = "a") -> Happened:
    return Happened(organization_id="org_a", name=name, number=number)


async def pass_time(running: Running, clock: FrozenClock, seconds: float) -> None:
    clock.advance(seconds=seconds)
    running.runtime.tasks.wake()
    await running.settled()


async def test_events_of_one_key_are_heard_in_order(start: Start) -> None:
    async with start(counter_service(Behaviour())) as running:
        for number in range(20):
            await running.request(
                "POST", "/internal/toys/ask", by=CALLER, json={"name": "a", "number": number}
            )
        await running.settled()
        assert await seen(running, "a") == list(range(20))


async def test_a_job_asked_for_twice_is_done_once(start: Start) -> None:
    async with start(counter_service(Behaviour())) as running:
        for _ in range(3):
            await running.request("POST", "/internal/toys/ask", by=CALLER, json={"name": "a", "number": 1})
        await running.settled()
        assert await count(running, "a") == 1


async def test_a_failing_event_is_tried_at_the_declared_pauses_and_then_dies_with_its_reason(
    start: Start,
) -> None:
    clock, behaviour = FrozenClock(), Behaviour()
    behaviour.fail_times[1] = 99
    async with start(counter_service(behaviour), clock=clock) as running:
        await running.hear(happened(1))
        for pause in BACKOFF_SECONDS[: MAX_ATTEMPTS - 1]:
            await pass_time(running, clock, pause - 0.5)
            tried = len(behaviour.started)
            await pass_time(running, clock, 0.6)
            assert len(behaviour.started) == tried + 1
        assert len(behaviour.started) == MAX_ATTEMPTS
        ((state, attempts, reason),) = await task_states(running)
        assert (state, attempts) == ("dead", MAX_ATTEMPTS)
        assert reason == "Conflict: as the test wants it"


async def test_a_dead_letter_is_heard_once_when_it_is_requeued(start: Start) -> None:
    clock, behaviour = FrozenClock(), Behaviour()
    behaviour.fail_times[1] = MAX_ATTEMPTS
    async with start(counter_service(behaviour), clock=clock) as running:
        await running.hear(happened(1))
        for pause in BACKOFF_SECONDS:
            await pass_time(running, clock, pause + 1)
        async with running.runtime.own_unit() as ctx:
            (dead,) = await ctx.db.all(sql.DEAD, dict)
            await ctx.db.execute(sql.REQUEUE, ids=[dead["id"]], now=ctx.now())
        await pass_time(running, clock, 0)
        assert await count(running, "a") == 1


async def test_a_failure_holds_up_its_key_at_first_and_no_longer_from_the_third_try(start: Start) -> None:
    clock, behaviour = FrozenClock(), Behaviour()
    behaviour.fail_times[1] = 99
    async with start(counter_service(behaviour), clock=clock) as running:
        await running.hear(happened(1))
        await running.hear(happened(2))
        await running.hear(happened(3, name="b"))
        assert (await seen(running, "a"), await seen(running, "b")) == ([], [3])
        await pass_time(running, clock, BACKOFF_SECONDS[0] + 0.1)
        assert await seen(running, "a") == []
        await pass_time(running, clock, BACKOFF_SECONDS[1] + 0.1)
        assert await seen(running, "a") == [2]


async def test_a_dependency_that_is_down_does_not_count_as_a_try(start: Start) -> None:
    clock, behaviour = FrozenClock(), Behaviour()
    behaviour.fail_times[1], behaviour.error = 8, Unavailable
    async with start(counter_service(behaviour), clock=clock) as running:
        await running.hear(happened(1))
        await running.hear(happened(2))
        for _ in range(8):
            await pass_time(running, clock, 3)
        assert await seen(running, "a") == [1, 2]


async def test_a_worker_whose_lease_ended_changes_nothing(start: Start) -> None:
    behaviour = Behaviour()
    async with start(counter_service(behaviour)) as running:
        runtime = running.runtime
        entered, go_on = asyncio.Event(), asyncio.Event()
        perform = runtime.perform

        async def stopped(ctx: Any, task: Any) -> None:
            await perform(ctx, task)
            if not entered.is_set():
                entered.set()
                await ctx.rollback()
                await go_on.wait()
                await perform(ctx, task)

        runtime.perform = stopped  # type: ignore[method-assign]  # a worker that is suspended in the middle
        await runtime.receive([_envelope(running, happened(1))])
        await entered.wait()
        async with runtime.own_unit() as ctx:
            await ctx.db.execute(
                sql.EXPIRE_MINE, me=runtime.ports.replica, now=ctx.now() - timedelta(seconds=1)
            )
        runtime.tasks.wake()
        async with asyncio.timeout(5):
            while await count(running, "a") == 0:
                await asyncio.sleep(0.005)
        go_on.set()
        await running.settled()
        assert await count(running, "a") == 1


@pytest.mark.parametrize("times", [1, 2, 5])
async def test_an_event_received_several_times_takes_effect_once(start: Start, times: int) -> None:
    async with start(counter_service(Behaviour())) as running:
        envelope = _envelope(running, happened(1))
        await asyncio.gather(*(running.runtime.receive([envelope]) for _ in range(times)))
        await running.settled()
        assert await count(running, "a") == 1


async def test_what_a_former_life_left_leased_is_taken_up_at_the_start(start: Start) -> None:
    service = counter_service(Behaviour())
    async with start(service) as running:
        runtime = running.runtime
        runtime.tasks.drain()
        await runtime.receive([_envelope(running, happened(1))])
        async with runtime.own_unit() as ctx:
            now = ctx.now()
            claimed = await ctx.db.all(
                sql.CLAIM, dict, of_kind="event", now=now, until=now + timedelta(hours=1), me="1", up_to=9
            )
            assert len(claimed) == 1
    async with start(service) as running:
        await running.settled()
        assert await count(running, "a") == 1


def _envelope(running: Running, event: Happened) -> Any:
    import msgspec

    from agenthub.kit.events import Envelope

    return Envelope(
        event_id="evt_same",
        topic=event.topic,
        order_key=event.order_key,
        organization_id=event.organization_id,
        occurred_at=running.runtime.ports.clock.now(),
        request_id="req",
        trace_id="0" * 32,
        actor="test",
        payload=msgspec.json.encode(event),
    )
