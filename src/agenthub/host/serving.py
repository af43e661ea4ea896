"""Starts the apps of an installation and answers until the end is asked for."""

import asyncio
import socket
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any

from agenthub.contracts.auth import AuthClient
from agenthub.host.catalog import load_all, routing_table
from agenthub.host.embedded import Embedded, embedded
from agenthub.host.foundation import HostSettings, listen
from agenthub.host.installation import Installation
from agenthub.host.ready import Announce, Ready
from agenthub.host.server import Ending, serve
from agenthub.host.single import alone
from agenthub.kit import logs
from agenthub.kit.auth.principal import service_principal
from agenthub.kit.calls.door import Door
from agenthub.kit.service import Service
from agenthub.kit.tracing import new_origin


def run(work: Coroutine[Any, Any, None], installation: Installation) -> None:
    logs.configure(level=installation.host.log_level)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(work)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


async def serve_all(
    installation: Installation,
    listener: socket.socket,
    announce: Announce,
    begun: float,
    *,
    each_port: bool,
) -> None:
    async with AsyncExitStack() as stack:
        others = {
            service.name: stack.enter_context(listen(installation.host.bind, service.port))
            for service in installation.services
            if each_port and service.name != "gateway"
        }
        whole = await stack.enter_async_context(embedded(installation))
        link = await _setup_link(whole, installation.public_url)

        def started() -> None:
            seconds = time.perf_counter() - begun
            announce(Ready(installation.public_url, len(installation.services), seconds, link))

        served = {name: (whole.apps[name], other, _silent) for name, other in others.items()}
        await _serve_each([*served.values(), (whole.entrance, listener, started)], installation.host)


async def serve_alone(
    installation: Installation, service: Service, listener: socket.socket, announce: Announce, begun: float
) -> None:
    routes = routing_table(load_all()) if service.name == "gateway" else {}
    host, port = listener.getsockname()[:2]

    def started() -> None:
        announce(Ready(f"http://{host}:{port}", 1, time.perf_counter() - begun))

    async with alone(installation, service, routes) as (_, app):
        await _serve_each([(app, listener, started)], installation.host)


async def _serve_each(
    apps: Sequence[tuple[Any, socket.socket, Callable[[], None]]], host: HostSettings
) -> None:
    """Answer on every socket until a signal asks for the end."""
    ending = Ending()
    ending.on_signals()
    grace = host.grace_seconds
    async with asyncio.TaskGroup() as group:
        for app, listener, started in apps:
            group.create_task(serve(app, listener, ending=ending, grace_seconds=grace, started=started))


async def _setup_link(whole: Embedded, public_url: str) -> str | None:
    auth = AuthClient(Door(whole.transport, "auth", service_principal("gateway"), new_origin()))
    link = await auth.setup_link()
    return f"{public_url}/setup?token={link.token}" if link.token else None


def _silent() -> None:
    """The gateway's readiness is the one that is announced."""
