"""Runs an installation, or one service of it, until it is asked to end."""

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from typing import Any

import msgspec

from agenthub.contracts.auth import NoQuestion
from agenthub.host.catalog import SERVICES, load_all, routing_table
from agenthub.host.embedded import Embedded, embedded
from agenthub.host.installation import Installation, listen, sole_owner
from agenthub.host.server import Ending, serve
from agenthub.host.single import alone
from agenthub.kit import logs
from agenthub.kit.auth.principal import service_principal
from agenthub.kit.calls.door import Door
from agenthub.kit.errors import NotFound, Unavailable
from agenthub.kit.service import Service
from agenthub.kit.tracing import new_origin


@dataclass(frozen=True)
class Ready:
    """What now answers; `setup_link` works once and is None when somebody owns the installation."""

    address: str
    services: int
    seconds: float
    setup_link: str | None = None


class SetupLink(msgspec.Struct, frozen=True):
    """What auth tells the host; None when an owner exists."""

    token: str | None


Announce = Callable[[Ready], None]


def run_all(installation: Installation, announce: Announce, *, each_port: bool = False) -> None:
    """Every service in this process; with `each_port` each is also reached past the gateway, at its own."""
    begun = time.perf_counter()
    with sole_owner(installation.home):
        _run(_all(installation, announce, begun, each_port=each_port), installation)


def run_alone(installation: Installation, service: Service, port: int, announce: Announce) -> None:
    """One service in this process, at this port."""
    begun = time.perf_counter()
    with ExitStack() as stack:
        if not installation.host.database_url:
            stack.enter_context(sole_owner(installation.home, service.name))
        _run(_alone(installation, service, port, announce, begun), installation)


def _run(work: Coroutine[Any, Any, None], installation: Installation) -> None:
    logs.configure(level=installation.host.log_level)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(work)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


async def _all(installation: Installation, announce: Announce, begun: float, *, each_port: bool) -> None:
    host = installation.host
    ending = Ending()
    ending.on_signals()
    listener = listen(host.bind, host.port)
    others = {
        service.name: listen(host.bind, service.port)
        for service in installation.services
        if each_port and service.name != "gateway"
    }
    async with AsyncExitStack() as stack:
        stack.callback(listener.close)
        whole = await stack.enter_async_context(embedded(installation))
        link = await _setup_link(whole, installation.public_url)

        def started() -> None:
            seconds = time.perf_counter() - begun
            announce(Ready(installation.public_url, len(installation.services), seconds, link))

        async with asyncio.TaskGroup() as group:
            for name, socket in others.items():
                group.create_task(
                    serve(
                        whole.apps[name],
                        socket,
                        ending=ending,
                        grace_seconds=host.grace_seconds,
                        started=_silent,
                    )
                )
            group.create_task(
                serve(
                    whole.entrance,
                    listener,
                    ending=ending,
                    grace_seconds=host.grace_seconds,
                    started=started,
                )
            )


async def _alone(
    installation: Installation, service: Service, port: int, announce: Announce, begun: float
) -> None:
    host = installation.host
    ending = Ending()
    ending.on_signals()
    listener = listen(host.bind, port)
    routes = routing_table(load_all()) if service.name == "gateway" else {}
    with listener:
        async with alone(installation, service, routes) as (_, app):

            def started() -> None:
                announce(Ready(f"http://{host.bind}:{port}", 1, time.perf_counter() - begun))

            await serve(app, listener, ending=ending, grace_seconds=host.grace_seconds, started=started)


async def _setup_link(whole: Embedded, public_url: str) -> str | None:
    if "auth" not in SERVICES or "auth" not in whole.apps:
        return None
    door = Door(whole.transport, "auth", service_principal("gateway"), new_origin())
    try:
        link = await door.post("/internal/auth/setup-link", NoQuestion(), SetupLink)
    except (NotFound, Unavailable):
        return None
    return f"{public_url}/setup?token={link.token}" if link.token else None


def _silent() -> None:
    """The gateway's readiness is the one that is announced."""
