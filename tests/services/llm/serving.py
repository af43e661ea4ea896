"""A service on a real socket, with callers that the test names."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from agenthub.kit.app.asgi import ServiceApp
from agenthub.kit.auth.principal import Principal
from agenthub.kit.testing import Running


@asynccontextmanager
async def served(
    running: Running, caller_of: Callable[[Mapping[bytes, bytes]], Principal]
) -> AsyncIterator[str]:
    """The address at which the service listens."""
    app = ServiceApp(running.runtime)

    async def entrance(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope["agenthub.caller"] = caller_of(dict(scope["headers"]))
        await app(scope, receive, send)

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(entrance, log_level="error", lifespan="off", access_log=False))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await serving
    listener.close()
