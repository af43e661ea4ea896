"""Several real services in one process, spoken to over ASGI as from outside."""

from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from agenthub.host.authentication import Authenticator
from agenthub.host.catalog import event_kinds, routing_table
from agenthub.kit.app.asgi import ServiceApp
from agenthub.kit.bus.memory import MemoryBus
from agenthub.kit.calls.direct import DirectTransport
from agenthub.kit.clock import Clock
from agenthub.kit.db.migrate import migrate_sqlite
from agenthub.kit.db.sqlite import SqliteDatabase
from agenthub.kit.runtime import Ports, Runtime
from agenthub.kit.service import Service
from tests.doors import ports

__all__ = ["ports", "together"]

Together = Callable[..., AbstractAsyncContextManager[tuple[httpx.AsyncClient, dict[str, Runtime]]]]


@pytest.fixture
async def together(ports: Ports, tmp_path: Path) -> Together:
    """`async with together(auth, organizations, settings={"auth": {…}}) as (http, runtimes):`."""

    @asynccontextmanager
    async def opened(
        *services: Service, settings: dict[str, dict[str, Any]] | None = None, clock: Clock | None = None
    ) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, Runtime]]]:
        transport = DirectTransport()
        chosen = replace(
            ports,
            clock=clock or ports.clock,
            bus=MemoryBus(frozenset(service.name for service in services if service.subscribes)),
            transport=transport,
            authenticate=Authenticator(),
            events=event_kinds(services),
        )
        async with AsyncExitStack() as stack:
            threads = ThreadPoolExecutor(4)
            stack.callback(threads.shutdown)
            runtimes = {}
            for service in services:
                path = tmp_path / f"{service.name}.db"
                migrate_sqlite(path, service.name, service.versions)
                configured = service.settings.model_validate((settings or {}).get(service.name, {}))
                runtime = Runtime(service, configured, SqliteDatabase(path, threads), chosen)
                runtimes[service.name] = runtime
                transport.apps[service.name] = ServiceApp(runtime)
            for runtime in runtimes.values():
                await runtime.start()
                stack.push_async_callback(runtime.stop, grace_seconds=1)
            table = routing_table(services)

            async def dispatch(scope: Any, receive: Any, send: Any) -> None:
                parts = scope["path"].split("/")
                name = table.get("/".join(parts[:3])) or table["/".join(parts[:2])]
                await transport.apps[name](scope, receive, send)

            outside = httpx.ASGITransport(app=dispatch)
            http = await stack.enter_async_context(
                httpx.AsyncClient(transport=outside, base_url="http://installation")
            )
            yield http, runtimes

    return opened
