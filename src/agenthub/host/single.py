"""One service alone, calling the others over HTTP."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp

from agenthub.host.authentication import Authenticator
from agenthub.host.catalog import SERVICES, event_kinds, load
from agenthub.host.engines import migrate, open_database, ports
from agenthub.host.installation import Installation
from agenthub.kit.app.asgi import ServiceApp
from agenthub.kit.auth.identity import IdentitySigner
from agenthub.kit.calls.http import HttpTransport
from agenthub.kit.clock import SystemClock
from agenthub.kit.errors import Misconfigured
from agenthub.kit.runtime import Runtime
from agenthub.kit.service import Service

DATABASE_THREADS = 2
Locate = Callable[[str], Awaitable[Sequence[str]]]


@asynccontextmanager
async def alone(
    installation: Installation, service: Service, routes: Mapping[str, str]
) -> AsyncIterator[tuple[Runtime, ServiceApp]]:
    """Start the service; on leaving, finish what runs and give everything back."""
    await migrate(installation, service)
    signer = IdentitySigner(installation.master.derive("service-identity"))
    async with AsyncExitStack() as stack:
        threads = stack.enter_context(ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="database"))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        transport = HttpTransport(session, locator(installation.host.services), signer, SystemClock())
        chosen = await stack.enter_async_context(
            ports(
                installation,
                transport,
                session,
                signer,
                event_kinds([service]),
                routes=routes,
                authenticate=Authenticator(),
                sole_process=False,
            )
        )
        database = open_database(installation, service, threads)
        runtime = Runtime(service, installation.settings[service.name], database, chosen)
        stack.push_async_callback(runtime.stop, grace_seconds=installation.host.grace_seconds)
        await runtime.start()
        yield runtime, ServiceApp(runtime)


def locator(addresses: str) -> Locate:
    """Where services are: as `name=http://host:port, …` says, or else on this machine at their own ports.

    A name given several times has several addresses, used in turn.
    """
    known: dict[str, list[str]] = {}
    for entry in filter(None, (part.strip() for part in addresses.split(","))):
        name, _, address = entry.partition("=")
        if name not in SERVICES or not address.startswith(("http://", "https://")):
            raise Misconfigured(
                f"host.services holds {entry!r}; write name=http://host:port with the name of a service"
            )
        known.setdefault(name, []).append(address.rstrip("/"))

    async def locate(name: str) -> Sequence[str]:
        if name not in known:
            # Read from its manifest only when it is called: most services call few others.
            known[name] = [f"http://127.0.0.1:{load(name).port}"]
        return known[name]

    return locate
