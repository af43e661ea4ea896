"""All services in one process, behind the in-process gateway."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from agenthub.host.catalog import event_kinds, routing_table
from agenthub.host.engines import migrate, open_database, ports
from agenthub.host.installation import Installation
from agenthub.kit.app.asgi import ServiceApp
from agenthub.kit.auth.identity import IdentitySigner
from agenthub.kit.calls.direct import DirectTransport
from agenthub.kit.runtime import Ports, Runtime
from agenthub.services.core.gateway.entrance import Entrance
from agenthub.services.core.gateway.settings import GatewaySettings

DATABASE_THREADS = 4


@dataclass(frozen=True)
class Embedded:
    """The running whole: its entrance, and each service's runtime."""

    entrance: Entrance
    runtimes: dict[str, Runtime]
    transport: DirectTransport


@asynccontextmanager
async def embedded(installation: Installation) -> AsyncIterator[Embedded]:
    """Start every service; on leaving, finish what runs and give everything back."""
    routes = routing_table(installation.services)
    transport = DirectTransport()
    signer = IdentitySigner(installation.master.derive("service-identity"))
    for service in installation.services:
        await migrate(installation, service)
    threads = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="database")
    async with (
        aiohttp.ClientSession() as session,
        ports(
            installation,
            transport,
            session,
            signer,
            event_kinds(installation.services),
            routes=routes,
            sole_process=not installation.host.database_url,
        ) as chosen,
    ):
        runtimes = _runtimes(installation, chosen, threads)
        apps = {name: ServiceApp(runtime) for name, runtime in runtimes.items()}
        transport.apps.update(apps)
        entrance = Entrance(routes, apps, _gateway_settings(installation))
        try:
            await asyncio.gather(*(runtime.start() for runtime in runtimes.values()))
            yield Embedded(entrance, runtimes, transport)
        finally:
            await _stop(list(runtimes.values()), installation.host.grace_seconds)
            threads.shutdown()


def _runtimes(installation: Installation, chosen: Ports, threads: ThreadPoolExecutor) -> dict[str, Runtime]:
    return {
        service.name: Runtime(
            service,
            installation.settings[service.name],
            open_database(installation, service, threads),
            chosen,
        )
        for service in installation.services
    }


def _gateway_settings(installation: Installation) -> GatewaySettings:
    chosen = installation.settings.get("gateway")
    return chosen if isinstance(chosen, GatewaySettings) else GatewaySettings.model_validate({})


async def _stop(runtimes: Sequence[Runtime], grace_seconds: float) -> None:
    await asyncio.gather(*(runtime.stop(grace_seconds=grace_seconds) for runtime in runtimes))
