"""One service alone, calling the others over HTTP."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import aiohttp

from agenthub.host.engines import migrate, open_database, ports
from agenthub.host.installation import Installation
from agenthub.kit.app.asgi import ServiceApp
from agenthub.kit.auth.identity import IdentitySigner
from agenthub.kit.calls.http import HttpTransport
from agenthub.kit.clock import SystemClock
from agenthub.kit.events import Event
from agenthub.kit.runtime import Runtime
from agenthub.kit.service import Service

DATABASE_THREADS = 2


@asynccontextmanager
async def alone(
    installation: Installation,
    service: Service,
    locate: Callable[[str], Awaitable[Sequence[str]]],
    events: dict[str, type[Event]],
    routes: Mapping[str, str],
) -> AsyncIterator[tuple[Runtime, ServiceApp]]:
    """Start the service; on leaving, finish what runs and give everything back."""
    await migrate(installation, service)
    signer = IdentitySigner(installation.master.derive("service-identity"))
    threads = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="database")
    async with aiohttp.ClientSession() as session:
        transport = HttpTransport(session, locate, signer, SystemClock())
        async with ports(
            installation, transport, session, signer, events, routes=routes, sole_process=False
        ) as chosen:
            database = open_database(installation, service, threads)
            runtime = Runtime(service, installation.settings[service.name], database, chosen)
            try:
                await runtime.start()
                yield runtime, ServiceApp(runtime)
            finally:
                await runtime.stop(grace_seconds=installation.host.grace_seconds)
                threads.shutdown()
