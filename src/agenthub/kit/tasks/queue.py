"""Claims tasks, works on them in order per key, and records how each ended."""

import asyncio
import math
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from agenthub.kit.crash import crash_point
from agenthub.kit.errors import Problem, Unavailable
from agenthub.kit.tasks import statements as sql
from agenthub.kit.tasks.model import (
    BACKOFF_SECONDS,
    DEPENDENCY_PAUSE_SECONDS,
    MAX_ATTEMPTS,
    Claimed,
)

if TYPE_CHECKING:
    from agenthub.kit.context import Context
    from agenthub.kit.runtime import Runtime

KEEP_DONE = timedelta(days=7)
_HELD_UP_SECONDS = 0.1


class LeaseLostError(Exception):
    """Somebody else holds the task by now: what was done here must not take effect."""


class TaskQueue:
    """The tasks of one kind (`event` or `job`) in one service's database."""

    add_statement = sql.ADD

    def __init__(self, runtime: "Runtime", kind: str, parallel: int) -> None:
        self._runtime = runtime
        self._kind = kind
        self._parallel = parallel
        self._running: dict[int, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled; what runs then is given up and found again by its lease."""
        try:
            while True:
                self._woken.clear()
                try:
                    pause = await self._take_up()
                except Problem as problem:
                    self._runtime.log.warning("tasks_wait", reason=problem.detail)
                    await asyncio.sleep(DEPENDENCY_PAUSE_SECONDS)
                    continue
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._woken.wait()
        finally:
            await self._stop()

    def drain(self) -> None:
        """Claim nothing more."""
        self._parallel = 0

    async def idle(self) -> None:
        """Return when nothing runs here (for a clean stop)."""
        while self._running:
            await asyncio.wait(list(self._running.values()))

    async def _take_up(self) -> float:
        """Start what is due; then the time until something may be due again, in seconds.

        It reads before it claims, since a claim holds up the database's other writers.
        """
        longest = self._runtime.ports.poll_seconds
        while (free := self._parallel - len(self._running)) > 0:
            due = await self._due_in()
            if due > 0:
                return min(due, longest)
            claimed = await self._claim(free)
            if not claimed:
                return min(_HELD_UP_SECONDS, longest)
            self._start(claimed)
        return longest

    async def _due_in(self) -> float:
        """Seconds until the next task is due or a lease ends; an earlier task may hold up what is due."""
        async with self._runtime.own_unit() as ctx:
            due = await ctx.db.scalar(sql.NEXT_DUE, of_kind=self._kind)
            return math.inf if due is None else float((due - ctx.now()).total_seconds())

    async def _claim(self, free: int) -> list[Claimed]:
        runtime = self._runtime
        async with runtime.own_unit() as ctx:
            now = ctx.now()
            await runtime.leadership.serialize(ctx.db, f"claim:{self._kind}")
            claimed = await ctx.db.all(
                sql.CLAIM,
                Claimed,
                of_kind=self._kind,
                now=now,
                until=now + timedelta(seconds=runtime.ports.lease_seconds),
                me=runtime.ports.replica,
                up_to=free,
            )
        crash_point("task.after_claim")
        return sorted(claimed, key=lambda task: task.seq)

    def _start(self, claimed: Sequence[Claimed]) -> None:
        groups: dict[str, list[Claimed]] = {}
        for task in claimed:
            groups.setdefault(task.order_key or task.id, []).append(task)
        for group in groups.values():
            worker = asyncio.create_task(self._work_through(group))
            self._running[id(worker)] = worker
            worker.add_done_callback(self._ended)

    def _ended(self, worker: asyncio.Task[None]) -> None:
        self._running.pop(id(worker), None)
        self._woken.set()

    async def _work_through(self, group: list[Claimed]) -> None:
        async with _Heartbeat(self._runtime, group):
            for position, task in enumerate(group):
                if not await self._work(task):
                    await self._give_back(group[position + 1 :])
                    return

    async def _work(self, task: Claimed) -> bool:
        """Whether the next task of the same key may follow at once."""
        runtime = self._runtime
        if task.attempts >= MAX_ATTEMPTS:
            await self._fail(task, RuntimeError("its process ended at each try"))
            return True
        try:
            async with runtime.unit_of(task) as ctx:
                await runtime.perform(ctx, task)
                await self._finish(ctx, task)
                crash_point("task.before_commit")
            crash_point("task.after_commit")
        except LeaseLostError:
            runtime.log.warning("lease_lost", task=task.id, name=task.name)
            return False
        except Exception as problem:  # noqa: BLE001  whatever a handler raises becomes a retry with its reason
            await self._fail(task, problem)
            return False
        return True

    async def _finish(self, ctx: "Context[Any]", task: Claimed) -> None:
        if not await ctx.db.execute(sql.FINISH, which=task.seq, my_fence=task.fence, now=ctx.now()):
            raise LeaseLostError

    async def _fail(self, task: Claimed, problem: Exception) -> None:
        runtime = self._runtime
        dependency = isinstance(problem, Unavailable)
        tried = task.attempts + (0 if dependency else 1)
        dead = tried >= MAX_ATTEMPTS
        pause = (
            problem.retry_after or DEPENDENCY_PAUSE_SECONDS
            if isinstance(problem, Unavailable)
            else BACKOFF_SECONDS[min(tried, len(BACKOFF_SECONDS)) - 1]
        )
        reason = f"{type(problem).__name__}: {problem}"[:500]
        runtime.log.warning(
            "task_failed",
            task=task.id,
            name=task.name,
            attempt=tried,
            dead=dead,
            reason=reason,
            exc_info=None if isinstance(problem, Problem) else problem,
        )
        try:
            async with runtime.own_unit() as ctx:
                now = ctx.now()
                await ctx.db.execute(
                    sql.FAIL,
                    which=task.seq,
                    my_fence=task.fence,
                    new_state="dead" if dead else "waiting",
                    tried=tried,
                    again_at=now + timedelta(seconds=pause),
                    why=reason,
                    ended_at=now if dead else None,
                )
        except Problem as trouble:
            # The lease ends by itself and the task is found again then.
            runtime.log.warning("task_failure_not_recorded", task=task.id, reason=trouble.detail)

    async def _give_back(self, rest: Sequence[Claimed]) -> None:
        if rest:
            async with self._runtime.own_unit() as ctx:
                for task in rest:
                    await ctx.db.execute(sql.GIVE_BACK, which=task.seq, my_fence=task.fence, now=ctx.now())

    async def _stop(self) -> None:
        for worker in list(self._running.values()):
            worker.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)


class _Heartbeat:
    """Prolongs the leases of a group while it is worked on."""

    def __init__(self, runtime: "Runtime", group: Sequence[Claimed]) -> None:
        self._runtime = runtime
        self._group = group
        self._timer: asyncio.TimerHandle | None = None
        self._renewal: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        self._arm()

    async def __aexit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._renewal is not None:
            await asyncio.gather(self._renewal, return_exceptions=True)

    def _arm(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._runtime.ports.lease_seconds / 3, self._beat)

    def _beat(self) -> None:
        self._renewal = asyncio.create_task(self._renew())
        self._arm()

    async def _renew(self) -> None:
        async with self._runtime.own_unit() as ctx:
            until = ctx.now() + timedelta(seconds=self._runtime.ports.lease_seconds)
            for task in self._group:
                await ctx.db.execute(sql.RENEW, which=task.seq, my_fence=task.fence, until=until)
