"""Answers to the outside that are sent while they are still being written."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec
from starlette.responses import StreamingResponse

EVENT_STREAM = "text/event-stream"
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class _Closing(StreamingResponse):
    """Closes its source however the sending ends, so that a client who leaves stops the work."""

    def __init__(self, source: AsyncGenerator[bytes, None], first: bytes | None, media_type: str) -> None:
        super().__init__(_after(first, source), media_type=media_type, headers=_HEADERS)
        self._source = source

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async with aclosing(self._source):
            await super().__call__(scope, receive, send)


async def streamed(
    source: AsyncGenerator[bytes, None], *, media_type: str = EVENT_STREAM
) -> StreamingResponse:
    """A response that begins with the source's first item: a problem before it is answered as a problem.

    What fails later the source has to tell in its own form; the unit of the request is over by then.
    """
    first = await anext(source, None)
    return _Closing(source, first, media_type)


def server_sent(data: Any, *, event: str = "") -> bytes:
    """One server-sent event with the JSON of a shape as its data (HTML Standard, 9.2)."""
    name = f"event: {event}\n".encode() if event else b""
    return name + b"data: " + msgspec.json.encode(data) + b"\n\n"


async def _after(first: bytes | None, source: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    if first is not None:
        yield first
        async for item in source:
            yield item
