"""Runs an installation, or one service of it, until it is asked to end.

What a wrong configuration can be refused for cheaply is checked before the services are imported.
"""

import asyncio
import time
from contextlib import ExitStack

from agenthub.host.foundation import Foundation, listen, sole_owner
from agenthub.host.reach import check_servers
from agenthub.host.ready import Announce


def run_all(foundation: Foundation, announce: Announce, *, each_port: bool = False) -> None:
    """Every service in this process; with `each_port` each is also reached past the gateway, at its own."""
    begun = time.perf_counter()
    host = foundation.host
    with sole_owner(foundation.home), listen(host.bind, host.port) as listener:
        asyncio.run(check_servers(host))
        from agenthub.host.installation import complete

        installation = complete(foundation)
        from agenthub.host.serving import run, serve_all

        run(serve_all(installation, listener, announce, begun, each_port=each_port), installation)


def run_alone(foundation: Foundation, name: str, port: int | None, announce: Announce) -> None:
    """One service in this process, at this port or that of its manifest."""
    begun = time.perf_counter()
    host = foundation.host
    with ExitStack() as stack:
        if not host.database_url:
            stack.enter_context(sole_owner(foundation.home, name))
        asyncio.run(check_servers(host))
        from agenthub.host.catalog import load
        from agenthub.host.installation import complete
        from agenthub.host.serving import run, serve_alone

        service = load(name)
        listener = stack.enter_context(listen(host.bind, port or service.port))
        installation = complete(foundation, [service])
        run(serve_alone(installation, service, listener, announce, begun), installation)
