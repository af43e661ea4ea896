"""The manifest: everything that a service is, does, hears and keeps, as values in one place."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import MetaData

from agenthub.kit.events import Event

if TYPE_CHECKING:
    from agenthub.kit.app.internal import InternalRoute
    from agenthub.kit.calls.door import Client
    from agenthub.kit.context import Context
    from agenthub.kit.runtime import Runtime

Handler = Callable[["Context[Any]", Any], Awaitable[None]]
Resource = Callable[["Runtime"], AbstractAsyncContextManager[Any]]


class NoSettings(BaseModel):
    """For a service with nothing to set."""


@dataclass(frozen=True)
class Job:
    """Work that is done later, once, under a lease: `ctx.enqueue(JOB, payload)`."""

    name: str
    run: Handler
    payload: type[msgspec.Struct]
    lease_seconds: float = 30


@dataclass(frozen=True)
class Schedule:
    """Work that comes round again; each tick is done once, however many replicas there are."""

    name: str
    run: Callable[["Context[Any]"], Awaitable[None]]
    interval: timedelta | None = None
    at: time | None = None


def every(name: str, run: Callable[["Context[Any]"], Awaitable[None]], **parts: float) -> Schedule:
    """A tick each time the interval (a timedelta in its parts) is over."""
    return Schedule(name, run, interval=timedelta(**parts))


def daily(name: str, run: Callable[["Context[Any]"], Awaitable[None]], at: str) -> Schedule:
    """A tick each day at this time (HH:MM, UTC)."""
    return Schedule(name, run, at=time.fromisoformat(at))


@dataclass(frozen=True)
class Service:
    """One deployable: read this first, it names all that the service touches.

    `unmanaged_tables` are the prefixes of tables that a store keeps in the engine's own language.
    """

    name: str
    summary: str
    folder: Path
    port: int
    prefixes: Sequence[str] = ()
    settings: type[BaseModel] = NoSettings
    tables: MetaData = field(default_factory=MetaData)
    unmanaged_tables: Sequence[str] = ()
    routes: Sequence[APIRouter] = ()
    internal: Sequence["InternalRoute"] = ()
    publishes: Sequence[type[Event]] = ()
    subscribes: Mapping[type[Event], Handler | Sequence[Handler]] = field(default_factory=dict)
    jobs: Sequence[Job] = ()
    schedules: Sequence[Schedule] = ()
    calls: Sequence[type["Client"]] = ()
    resources: Mapping[type, Resource] = field(default_factory=dict)

    @property
    def versions(self) -> Path:
        """The folder of its migrations."""
        return self.folder / "migrations"

    def handlers(self, event: type[Event]) -> Sequence[Handler]:
        """What this service does on hearing the event."""
        heard = self.subscribes.get(event, ())
        return (heard,) if callable(heard) else heard


def handler_name(handler: Handler) -> str:
    """The name under which a handler's deliveries are kept: stable as long as the function's name is."""
    return str(getattr(handler, "__name__", handler))
