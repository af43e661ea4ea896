"""One unit's world: a request, a heard event or a due job, each one transaction."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import msgspec

from agenthub.kit.auth.principal import Principal
from agenthub.kit.crash import crash_point
from agenthub.kit.db.session import Session
from agenthub.kit.db.tables import outbox
from agenthub.kit.errors import Forbidden, Unavailable
from agenthub.kit.events import Event
from agenthub.kit.ids import new_id
from agenthub.kit.outbox import envelope
from agenthub.kit.service import Job
from agenthub.kit.tasks.model import Origin, TaskRow
from agenthub.kit.tracing import enter_origin, leave_origin

if TYPE_CHECKING:
    from agenthub.kit.runtime import Runtime

S = TypeVar("S")
T = TypeVar("T")


class Context(Generic[S]):
    """Settings, database, clock, caller, clients, and what the unit says and schedules when it commits."""

    def __init__(self, runtime: "Runtime", caller: Principal, origin: Origin) -> None:
        self.runtime = runtime
        self.caller = caller
        self.origin = origin
        self.db = Session(runtime.database, runtime.compiler, caller.organization_id)
        self._events: list[Event] = []
        self._tasks: list[TaskRow] = []
        self._afterwards: list[Callable[[], Awaitable[None]]] = []

    @property
    def settings(self) -> S:
        return cast("S", self.runtime.settings)

    @property
    def organization_id(self) -> str:
        """The organization of this unit; Forbidden when the caller has none."""
        if self.caller.organization_id is None:
            raise Forbidden(
                "choose an organization first: you belong to none yet", code="organization_missing"
            )
        return self.caller.organization_id

    def now(self) -> datetime:
        return self.runtime.ports.clock.now()

    def new_id(self, prefix: str) -> str:
        """An identifier that sorts by time: `conv_01j…`."""
        return new_id(prefix, int(self.now().timestamp() * 1000))

    def use(self, kind: type[T]) -> T:
        """The service's own resource of this type, as its manifest opens it."""
        return cast("T", self.runtime.resources[kind])

    def client(self, kind: type[T]) -> T:
        """The door to another service, carrying this unit's caller; it must be named in the manifest."""
        return self.runtime.client(kind, self)

    def publish(self, event: Event) -> None:
        """Say it when this unit commits; the organization is filled in."""
        if type(event) not in self.runtime.service.publishes:
            raise TypeError(f"{self.runtime.service.name} does not declare that it publishes {event.topic}")
        if event.organization_id is None and self.caller.organization_id is not None:
            event = msgspec.structs.replace(event, organization_id=self.caller.organization_id)
        self._events.append(event)

    def enqueue(
        self,
        job: Job,
        payload: msgspec.Struct,
        *,
        after_seconds: float = 0,
        once_as: str | None = None,
        ordered_by: str | None = None,
    ) -> None:
        """Have the job done after this unit commits; `once_as` names it so that it is queued only once."""
        if job not in self.runtime.service.jobs:
            raise TypeError(f"{self.runtime.service.name} does not declare the job {job.name}")
        now = self.now()
        self._tasks.append(
            TaskRow(
                id=f"{job.name}:{once_as}" if once_as else self.new_id("task"),
                kind="job",
                name=job.name,
                order_key=ordered_by,
                organization_id=self.caller.organization_id,
                payload=msgspec.json.encode(payload),
                origin=self.origin,
                run_at=now + timedelta(seconds=after_seconds),
                created_at=now,
            )
        )

    def afterwards(self, tell: Callable[[], Awaitable[None]]) -> None:
        """Do this once the unit has committed; it is lost if the process ends first, so only tell, never keep."""
        self._afterwards.append(tell)

    def fresh(self) -> "Unit":
        """Another unit of the same caller, for work that outlives this one: `async with ctx.fresh() as c`."""
        return self.runtime.unit(self.caller, self.origin)

    async def commit(self) -> None:
        """Make everything true at once: rows, events and tasks."""
        if self._events:
            rows = [envelope(self, event) for event in self._events]
            await self.db.insert(outbox, *rows)
        for task in self._tasks:
            await self.db.execute(self.runtime.tasks.add_statement, **task.values())
        if not self.db.is_writing:
            return
        crash_point("unit.before_commit")
        await self.db.commit()
        crash_point("unit.after_commit")
        self.runtime.committed(events=bool(self._events), tasks=bool(self._tasks))
        self._events, self._tasks = [], []
        await self._tell()

    async def _tell(self) -> None:
        afterwards, self._afterwards = self._afterwards, []
        for tell in afterwards:
            try:
                await tell()
            except Unavailable as problem:
                self.runtime.log.warning("not_told", reason=problem.detail)

    async def rollback(self) -> None:
        self._events, self._tasks, self._afterwards = [], [], []
        await self.db.rollback()


class Unit:
    """The life of one unit: `async with` begins it, commits it at the end, undoes it after any exception."""

    __slots__ = ("_ctx", "_outside")

    def __init__(self, ctx: Context[Any]) -> None:
        self._ctx = ctx

    async def __aenter__(self) -> Context[Any]:
        self._outside = enter_origin(self._ctx.origin, self._ctx.caller.organization_id)
        return self._ctx

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                await self._commit()
            else:
                await self._ctx.rollback()
        finally:
            leave_origin(self._outside)

    async def _commit(self) -> None:
        try:
            await self._ctx.commit()
        except BaseException:
            await self._ctx.rollback()
            raise
