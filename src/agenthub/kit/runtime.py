"""A service at work: its database, resources, queues and app, from start to stop."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

import aiohttp
import msgspec
from pydantic import BaseModel

from agenthub.kit.auth.identity import HEADER, IdentitySigner
from agenthub.kit.auth.principal import Principal, service_principal
from agenthub.kit.blobs.port import Blobs
from agenthub.kit.bus.port import Bus
from agenthub.kit.cache.port import Cache, Limits, Locks
from agenthub.kit.calls.door import Door
from agenthub.kit.calls.port import Transport
from agenthub.kit.clock import Clock
from agenthub.kit.context import Context, Unit
from agenthub.kit.crash import crash_point
from agenthub.kit.db.compiled import Compiler
from agenthub.kit.db.port import Database
from agenthub.kit.events import Envelope, Event
from agenthub.kit.feed.port import Feed
from agenthub.kit.leadership import Leadership, SoleProcess, TableLease
from agenthub.kit.logs import logger
from agenthub.kit.metrics import Metrics
from agenthub.kit.outbox import Relay
from agenthub.kit.secrets.keys import MasterKey
from agenthub.kit.service import Handler, Job, Schedule, Service, handler_name
from agenthub.kit.tasks import statements as sql
from agenthub.kit.tasks.model import Claimed, Origin, TaskRow
from agenthub.kit.tasks.queue import KEEP_DONE, TaskQueue
from agenthub.kit.tracing import new_origin
from agenthub.kit.workers.child import Children
from agenthub.kit.workers.threads import BoundedThreads

T = TypeVar("T")
Authenticate = Callable[[Mapping[bytes, bytes], "Runtime"], Awaitable[Principal]]
_SWEEP_SECONDS = 600.0
_RESTART_SECONDS = 1.0


@dataclass(frozen=True)
class Ports:
    """What the host chooses for the services that it runs; `routes` is the service behind each prefix."""

    clock: Clock
    bus: Bus
    transport: Transport
    cache: Cache
    locks: Locks
    limits: Limits
    feed: Feed
    blobs: Blobs
    folder: Path
    master: MasterKey
    signer: IdentitySigner
    threads: BoundedThreads
    children: Children
    http: aiohttp.ClientSession
    authenticate: Authenticate
    events: Mapping[str, type[Event]]
    routes: Mapping[str, str] = field(default_factory=dict)
    replica: str = "1"
    sole_process: bool = True
    lease_seconds: float = 30.0
    poll_seconds: float = 30.0


class Runtime:
    """One service, running."""

    def __init__(self, service: Service, settings: BaseModel, database: Database, ports: Ports) -> None:
        self.service = service
        self.settings = settings
        self.database = database
        self.ports = ports
        self.compiler = Compiler(database.dialect)
        self.log = logger(service.name)
        self.metrics = Metrics()
        self.resources: dict[type, Any] = {}
        self.leadership: Leadership = SoleProcess() if ports.sole_process else TableLease(self)
        self.tasks = TaskQueue(self, "event", parallel=32)
        self.jobs = TaskQueue(self, "job", parallel=64)
        self.relay = Relay(self)
        self._handlers = _handlers(service)
        self._jobs: dict[str, Job] = {job.name: job for job in service.jobs}
        self._schedules: dict[str, Schedule] = {plan.name: plan for plan in service.schedules}
        self._loops: list[asyncio.Task[None]] = []
        self._stack = AsyncExitStack()
        self._draining = False

    async def start(self) -> None:
        """Open resources, find again what a former life left behind, and begin to work."""
        for kind, opening in self.service.resources.items():
            self.resources[kind] = await self._stack.enter_async_context(opening(self))
        async with self.own_unit() as ctx:
            await ctx.db.execute(sql.EXPIRE_MINE, me=self.ports.replica, now=ctx.now())
            for schedule in self._schedules.values():
                await self._plan(ctx, schedule)
        for work in (self.relay.run, self.tasks.run, self.jobs.run, self._listen, self._sweep):
            self._loops.append(asyncio.create_task(self._supervised(work)))

    async def stop(self, *, grace_seconds: float = 30.0) -> None:
        """Take on nothing new, finish what runs within the grace, then give everything back."""
        self._draining = True
        for queue in (self.tasks, self.jobs):
            queue.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_seconds):
                await asyncio.gather(self.tasks.idle(), self.jobs.idle())
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        await self._stack.aclose()
        await self.database.close()

    def unit(self, caller: Principal, origin: Origin) -> Unit:
        """One transaction's world: commits at the end, undone by any exception."""
        return Unit(Context(self, caller, origin))

    def own_unit(self, organization_id: str | None = None) -> Unit:
        """A unit on the service's own account."""
        return self.unit(service_principal(self.service.name, organization_id), new_origin())

    def unit_of(self, task: Claimed) -> Unit:
        """The unit in which a task is worked on: its organization, its origin."""
        return self.unit(service_principal(self.service.name, task.organization_id), task.origin_of())

    def client(self, kind: type[T], ctx: Context[Any]) -> T:
        """A typed client of another service that calls as this unit's caller."""
        if kind not in self.service.calls:
            raise TypeError(f"{self.service.name} does not declare that it calls {kind.__name__}")
        caller = msgspec.structs.replace(ctx.caller, via=self.service.name)
        name = cast("Any", kind).service
        return cast("T", cast("Any", kind)(Door(self.ports.transport, name, caller, ctx.origin)))

    async def authenticate(self, scope: Mapping[str, Any]) -> Principal:
        """Who sent this: a service that hands on an identity, or whoever the host can recognise."""
        headers = dict(scope["headers"])
        identity = headers.get(HEADER.encode())
        if identity is not None:
            return self.ports.signer.verify(
                identity.decode("latin-1"), audience=self.service.name, now=self.ports.clock.now()
            )
        return await self.ports.authenticate(headers, self)

    async def readiness(self) -> dict[str, Any]:
        """Whether requests can be served now, with a reason for each thing that is not well."""
        checks: dict[str, str] = {}
        try:
            async with self.own_unit() as ctx:
                await ctx.db.scalar(sql.COUNT_OPEN)
        except Exception as problem:  # noqa: BLE001  any failure means not ready, and says why
            checks["database"] = str(problem)
        if self._draining:
            checks["service"] = "stopping"
        return {"status": "unavailable" if checks else "ok", "checks": checks}

    def committed(self, *, events: bool, tasks: bool) -> None:
        """Wake whoever carries on what a unit has just left behind."""
        if events:
            self.relay.wake()
        if tasks:
            self.jobs.wake()

    async def receive(self, events: list[Envelope] | Any) -> None:
        """Take events into this service's own database, once each; from here on they cannot be lost."""
        async with self.own_unit() as ctx:
            now = ctx.now()
            deliveries = [
                _delivery(event, handler, now).values()
                for event in events
                for handler in self._handlers.get(event.topic, ())
            ]
            await ctx.db.execute_many(sql.ADD, deliveries)
        crash_point("bus.after_receive")
        self.tasks.wake()

    async def perform(self, ctx: Context[Any], task: Claimed) -> None:
        """Do what a task asks, in its unit."""
        if task.kind == "event":
            topic, _, name = task.name.partition("/")
            handler = next(found for found in self._handlers[topic] if handler_name(found) == name)
            await handler(ctx, msgspec.json.decode(task.payload, type=self.ports.events[topic]))
        elif task.name in self._jobs:
            job = self._jobs[task.name]
            await job.run(ctx, msgspec.json.decode(task.payload, type=job.payload))
        else:
            schedule = self._schedules[task.name]
            await schedule.run(ctx)
            await self._plan(ctx, schedule)

    async def _plan(self, ctx: Context[Any], schedule: Schedule) -> None:
        tick = _next_tick(schedule, ctx.now())
        row = TaskRow(
            id=f"{schedule.name}:{tick.isoformat()}",
            kind="job",
            name=schedule.name,
            payload=b"{}",
            origin=ctx.origin,
            run_at=tick,
            created_at=ctx.now(),
        )
        await ctx.db.execute(sql.ADD, **row.values())

    async def _listen(self) -> None:
        topics = frozenset(self._handlers)
        pause = self.ports.lease_seconds / 3
        while topics:
            if await self.leadership.holds("bus"):
                async with self.ports.bus.subscription(self.service.name, topics, self.receive):
                    await asyncio.sleep(pause)
                    while await self.leadership.holds("bus"):  # noqa: ASYNC110  the lease has no event to wait for
                        await asyncio.sleep(pause)
            await asyncio.sleep(pause)

    async def _supervised(self, work: Callable[[], Awaitable[None]]) -> None:
        """A loop that ends by a defect is reported and begun again: nothing may silently stop."""
        while True:
            try:
                await work()
            except Exception as problem:
                self.log.exception("loop_failed", loop=work.__qualname__, exc_info=problem)
                await asyncio.sleep(_RESTART_SECONDS)
            else:
                return

    async def _sweep(self) -> None:
        while True:
            async with self.own_unit() as ctx:
                await ctx.db.execute(sql.PRUNE, before=ctx.now() - KEEP_DONE)
            await asyncio.sleep(_SWEEP_SECONDS)


def _handlers(service: Service) -> dict[str, tuple[Handler, ...]]:
    return {event.topic: tuple(service.handlers(event)) for event in service.subscribes}


def _delivery(event: Envelope, handler: Handler, now: datetime) -> TaskRow:
    name = f"{event.topic}/{handler_name(handler)}"
    return TaskRow(
        id=f"{event.event_id}:{handler_name(handler)}",
        kind="event",
        name=name,
        order_key=event.order_key,
        organization_id=event.organization_id,
        payload=event.payload,
        origin=Origin(request_id=event.request_id, trace_id=event.trace_id, actor=event.actor),
        run_at=now,
        created_at=now,
    )


def _next_tick(schedule: Schedule, now: datetime) -> datetime:
    if schedule.interval is not None:
        seconds = schedule.interval.total_seconds()
        return datetime.fromtimestamp((now.timestamp() // seconds + 1) * seconds, UTC)
    assert schedule.at is not None  # noqa: S101  made by every or daily
    tick = datetime.combine(now.date(), schedule.at, UTC)
    return tick if tick > now else tick + timedelta(days=1)
