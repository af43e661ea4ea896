"""All services in one process, behind the in-process gateway."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp

from agenthub.host.authentication import Authenticator
from agenthub.host.catalog import event_kinds, routing_table
from agenthub.host.engines import migrate, open_database, ports
from agenthub.host.installation import Installation
from agenthub.host.local_access import LocalAccess
from agenthub.kit.app.asgi import ServiceApp
from agenthub.kit.auth.identity import IdentitySigner
from agenthub.kit.calls.direct import DirectTransport
from agenthub.kit.runtime import Ports, Runtime
from agenthub.services.core.gateway.entrance import Entrance
from agenthub.services.core.gateway.settings import GatewaySettings

DATABASE_THREADS = 4


@dataclass(frozen=True)
class Embedded:
    """The running whole: its entrance, and each service's app and runtime."""

    entrance: Entrance
    apps: Mapping[str, ServiceApp]
    runtimes: Mapping[str, Runtime]
    transport: DirectTransport


@asynccontextmanager
async def embedded(installation: Installation) -> AsyncIterator[Embedded]:
    """Start every service; on leaving, finish what runs and give everything back."""
    routes = routing_table(installation.services)
    for service in installation.services:
        await migrate(installation, service)
    transport = DirectTransport()
    access = LocalAccess(Authenticator())
    async with AsyncExitStack() as stack:
        threads = stack.enter_context(ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="database"))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        chosen = await stack.enter_async_context(
            ports(
                installation,
                transport,
                session,
                IdentitySigner(installation.master.derive("service-identity")),
                event_kinds(installation.services),
                routes=routes,
                authenticate=access,
                sole_process=not installation.host.database_url,
            )
        )
        runtimes = _runtimes(installation, chosen, threads)
        stack.push_async_callback(_stop, list(runtimes.values()), installation.host.grace_seconds)
        apps = {name: ServiceApp(runtime) for name, runtime in runtimes.items()}
        transport.apps.update(apps)
        await asyncio.gather(*(runtime.start() for runtime in runtimes.values()))
        stack.enter_context(access.announced(installation.home, installation.public_url))
        entrance = Entrance(routes, apps, _gateway_settings(installation))
        yield Embedded(entrance, apps, runtimes, transport)


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
