"""Serves an ASGI app on a socket until it is told to end."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn


class Ending:
    """The wish to end: the first signal asks for a clean end, the second for one at once."""

    def __init__(self) -> None:
        self._wished = asyncio.Event()
        self._urgent = asyncio.Event()

    def wish(self) -> None:
        (self._urgent if self._wished.is_set() else self._wished).set()

    @property
    def is_urgent(self) -> bool:
        return self._urgent.is_set()

    async def wished(self) -> None:
        await self._wished.wait()

    async def urgent(self) -> None:
        await self._urgent.wait()

    def on_signals(self) -> None:
        """Wish it at SIGINT and SIGTERM."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.wish)


async def serve(
    app: Any, listener: socket.socket, *, ending: Ending, grace_seconds: float, started: Callable[[], None]
) -> None:
    """Answer until the end is wished, then finish open requests within the grace."""
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
    watch = asyncio.create_task(server.end_with(ending))
    try:
        await server.serve(sockets=[listener])
    finally:
        watch.cancel()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._told_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._told_started()

    async def end_with(self, ending: Ending) -> None:
        await ending.wished()
        self.should_exit = True
        await ending.urgent()
        self.force_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `Ending`: uvicorn would raise them again and so end without code 0."""
        yield
