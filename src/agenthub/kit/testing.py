"""A service on its own for tests: real database, real app, everything it calls and hears in the test's hands."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from agenthub.kit.app.asgi import ServiceApp
from agenthub.kit.auth.principal import ANONYMOUS, Principal
from agenthub.kit.bus.port import Bus
from agenthub.kit.calls.direct import DirectTransport
from agenthub.kit.calls.port import Request
from agenthub.kit.db.port import Database
from agenthub.kit.events import Envelope, Event
from agenthub.kit.runtime import Ports, Runtime
from agenthub.kit.service import Service
from agenthub.kit.tasks import statements as sql
from agenthub.kit.tracing import new_origin


@dataclass(frozen=True)
class Answer:
    """What a request was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Running:
    """A service at work, and the doors to it."""

    def __init__(self, runtime: Runtime, transport: DirectTransport, published: "RecordingBus") -> None:
        self.runtime = runtime
        self._transport = transport
        self._recorded = published

    async def request(
        self,
        method: str,
        path: str,
        *,
        by: Principal = ANONYMOUS,
        json: Any = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask through the service's app, as this caller."""
        path, _, query = path.partition("?")
        request = Request(
            service=self.runtime.service.name,
            method=method,
            path=path,
            body=msgspec.json.encode(json) if json is not None else body,
            caller=by,
            origin=new_origin(),
            timeout_seconds=30,
            query=query,
            headers=headers or {},
        )
        async with self._transport.send(request) as reply:
            return Answer(reply.status, reply.headers, await reply.read())

    async def hear(self, event: Event) -> None:
        """Deliver an event and wait until its handlers have ended."""
        origin = new_origin()
        clock = self.runtime.ports.clock
        self._recorded.count += 1
        envelope = Envelope(
            event_id=f"evt_test{self._recorded.count}",
            topic=event.topic,
            order_key=event.order_key,
            organization_id=event.organization_id,
            occurred_at=clock.now(),
            request_id=origin.request_id,
            trace_id=origin.trace_id,
            actor="test",
            payload=msgspec.json.encode(event),
        )
        await self.runtime.receive([envelope])
        await self.settled()

    async def settled(self) -> None:
        """Return when no task that is due is left and every event has been published."""
        while True:
            async with self.runtime.own_unit() as ctx:
                open_tasks = await ctx.db.scalar(sql.COUNT_DUE, now=ctx.now())
            if not open_tasks and not await self.runtime.relay.waiting():
                return
            await asyncio.sleep(0.005)

    @property
    def published(self) -> Sequence[Event]:
        """What the service has said so far, in order."""
        return self._recorded.events


class RecordingBus(Bus):
    """Keeps what is published, for the test to read."""

    is_direct = True

    def __init__(self, kinds: Mapping[str, type[Event]]) -> None:
        self._kinds = kinds
        self.events: list[Event] = []
        self.count = 0

    async def publish(self, publisher: str, events: Sequence[Envelope]) -> None:  # noqa: ARG002  one publisher here
        self.events.extend(event.open(self._kinds[event.topic]) for event in events)

    @asynccontextmanager
    async def subscription(self, *_: Any) -> AsyncIterator[None]:
        yield

    async def has_forgotten(self, publisher: str) -> bool:  # noqa: ARG002  one publisher here
        return False

    async def close(self) -> None:
        self.events.clear()


@asynccontextmanager
async def running(
    service: Service,
    database: Database,
    ports: Ports,
    *,
    settings: Mapping[str, Any] | None = None,
    others: Mapping[str, Callable[..., Any]] | None = None,
) -> AsyncIterator[Running]:
    """The service over a migrated database; `others` are ASGI apps standing in for the services it calls."""
    kinds = {event.topic: event for event in (*service.publishes, *service.subscribes)}
    bus = RecordingBus(kinds)
    transport = DirectTransport()
    transport.apps.update(others or {})
    runtime = Runtime(
        service,
        service.settings.model_validate(settings or {}),
        database,
        replace(ports, bus=bus, transport=transport, events=kinds),
    )
    transport.apps[service.name] = ServiceApp(runtime)
    try:
        await runtime.start()
        yield Running(runtime, transport, bus)
    finally:
        await runtime.stop(grace_seconds=1)
