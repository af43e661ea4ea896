"""Serves an ASGI app on a socket until a signal asks for the end."""

import asyncio
import signal
import socket
from typing import Any

import uvicorn


async def serve(app: Any, listener: socket.socket, *, grace_seconds: float, started: asyncio.Event) -> None:
    """Answer until SIGINT or SIGTERM, then finish open requests within the grace."""
    config = uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=25,
        ws_ping_timeout=25,
        access_log=False,
        log_config=None,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=max(1, int(grace_seconds)),
        backlog=1024,
    )
    server = _Server(config, started)
    await server.serve(sockets=[listener])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, started: asyncio.Event) -> None:
        super().__init__(config)
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._started.set()


def end_on_signals(ending: asyncio.Event) -> None:
    """Set the event at SIGINT or SIGTERM."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ending.set)
