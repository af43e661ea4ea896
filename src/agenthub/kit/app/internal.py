"""Routes between services: msgspec shapes by POST, streams as NDJSON, never reachable from outside."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import msgspec

from agenthub.kit.calls.port import StreamProblem
from agenthub.kit.errors import BadRequest, Invalid, Problem
from agenthub.kit.tracing import current_request_id

if TYPE_CHECKING:
    from agenthub.kit.context import Context

_START = "http.response.start"
_BODY = "http.response.body"


@dataclass(frozen=True)
class InternalRoute:
    """`handler(ctx, body)` answers a shape; an async generator answers a stream of them."""

    path: str
    handler: Callable[["Context[Any]", Any], Any]
    body: type[msgspec.Struct]
    streams: bool = False

    def __post_init__(self) -> None:
        if not self.path.startswith("/internal/"):
            raise TypeError(f"{self.path} is no internal path")

    async def answer(self, ctx: "Context[Any]", raw: bytes, receive: Any, send: Any) -> None:
        """Decode, handle, commit, send."""
        body = self._decode(raw)
        if self.streams:
            await _stream(self.handler(ctx, body), ctx, receive, send)
            return
        result = await self.handler(ctx, body)
        await ctx.commit()
        await _head(send, 200, b"application/json")
        await send({"type": _BODY, "body": msgspec.json.encode(result), "more_body": False})

    def _decode(self, raw: bytes) -> Any:
        try:
            return msgspec.json.decode(raw or b"{}", type=self.body)
        except msgspec.ValidationError as problem:
            raise Invalid(f"{self.path}: {problem}") from problem
        except msgspec.DecodeError as problem:
            raise BadRequest(f"{self.path}: the body is not JSON ({problem})") from problem


class ReaderGone(Problem):
    """Nobody reads the stream any more; told to nobody, it ends the work."""

    status = 499
    code = "reader_gone"
    title = "The reader has left"


async def _stream(items: AsyncGenerator[Any, None], ctx: "Context[Any]", receive: Any, send: Any) -> None:
    begun = False
    try:
        # Closed here, whoever leaves: what it still has to say of its end is said within this unit's life.
        async with _while_read(receive), aclosing(items):
            async for item in items:
                if not begun:
                    begun = True
                    await _head(send, 200, b"application/x-ndjson")
                await send({"type": _BODY, "body": msgspec.json.encode(item) + b"\n", "more_body": True})
        await ctx.commit()
    except Problem as problem:
        if not begun or isinstance(problem, ReaderGone):
            raise
        await ctx.rollback()
        line = StreamProblem(problem.status, problem.body(current_request_id()))
        await send({"type": _BODY, "body": msgspec.json.encode(line) + b"\n", "more_body": True})
    else:
        if not begun:
            await _head(send, 200, b"application/x-ndjson")
    await send({"type": _BODY, "body": b"", "more_body": False})


@asynccontextmanager
async def _while_read(receive: Any) -> AsyncIterator[None]:
    """Ends the work inside when the connection closes; servers tell that to those who ask only."""
    work = cast("asyncio.Task[Any]", asyncio.current_task())
    watching = asyncio.create_task(_end_on_disconnect(receive, work))
    try:
        yield
    except asyncio.CancelledError:
        if watching.done() and not work.uncancel():
            raise ReaderGone("the reader of this stream has left") from None
        raise
    finally:
        watching.cancel()


async def _end_on_disconnect(receive: Any, work: "asyncio.Task[Any]") -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
    work.cancel()


async def _head(send: Any, status: int, content_type: bytes) -> None:
    await send({"type": _START, "status": status, "headers": [(b"content-type", content_type)]})
