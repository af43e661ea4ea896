"""GET /api/webchat/connect: a WebSocket, an event stream, or the facts about both."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Header, Query, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agenthub.kit.app.routes import Router, context
from agenthub.kit.errors import BadRequest, Problem
from agenthub.kit.runtime import Runtime
from agenthub.services.communication.webchat import inbound, visitor, watch
from agenthub.services.communication.webchat.api import OWN_TOKEN, Token
from agenthub.services.communication.webchat.models import Visitor
from agenthub.services.communication.webchat.shapes import SendMessage
from agenthub.services.communication.webchat.visitor import Unit

router = Router(tags=["webchat"])
Ctx = Annotated[Unit, Depends(context)]
_HELLO_SECONDS = 10.0
_POLICY_VIOLATION = 1008
_TRY_AGAIN_LATER = 1013


class Hello(BaseModel):
    """The first message on a socket: who I am, and the last number that I have seen."""

    model_config = ConfigDict(extra="forbid")
    type: str = Field(pattern="^hello$")
    token: str = Field(max_length=128)
    after: int = Field(0, ge=0)


@router.get("/api/webchat/connect", openapi_extra=OWN_TOKEN, response_model=None)
async def connect(
    ctx: Ctx,
    request: Request,
    token: Token = None,
    after: Annotated[int, Query(ge=0)] = 0,
    last_event_id: Annotated[int, Header(ge=0)] = 0,
) -> Response:
    """With `Accept: text/event-stream` a stream that begins behind `after` or `Last-Event-ID`; else the facts."""
    who = await visitor.recognise(ctx, token)
    if "text/event-stream" not in request.headers.get("accept", ""):
        transports = ["websocket", "event-stream", "poll"]
        return JSONResponse({"thread": who.thread, "last_seq": who.last_seq, "transports": transports})
    begin = max(after, last_event_id)
    return StreamingResponse(
        _as_event_stream(watch.follow(ctx.runtime, who, ctx.origin, begin)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.websocket("/api/webchat/connect")
async def socket(connection: WebSocket) -> None:
    """Say hello, then send messages and receive the thread, until either side ends it."""
    await connection.accept()
    runtime: Runtime = connection.app.state.runtime
    origin = connection.scope["agenthub.origin"]
    try:
        hello = await _hello(connection)
        async with runtime.unit(connection.scope["agenthub.caller"], origin) as ctx:
            who = await visitor.recognise(ctx, hello.token)
    except Problem as problem:
        await _say(connection, _refusal(problem))
        await connection.close(_POLICY_VIOLATION, problem.problem_code)
        return
    except (WebSocketDisconnect, TimeoutError):
        return
    await _converse(
        _read(connection, runtime, who),
        _write(connection, watch.follow(runtime, who, origin, hello.after)),
        runtime,
    )
    with suppress(RuntimeError, OSError, WebSocketDisconnect):  # the other side has gone already
        await connection.close(_TRY_AGAIN_LATER)


async def _converse(
    reading: Coroutine[Any, Any, None], writing: Coroutine[Any, Any, None], runtime: Runtime
) -> None:
    """Both directions until one of them ends; the client connects again and misses nothing."""
    both = {asyncio.create_task(reading), asyncio.create_task(writing)}
    try:
        ended, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
    for task in ended:
        problem = task.exception()
        if problem is not None and not isinstance(problem, WebSocketDisconnect | OSError):
            runtime.log.warning("socket_ended", reason=str(problem))


async def _hello(connection: WebSocket) -> Hello:
    async with asyncio.timeout(_HELLO_SECONDS):
        raw = await connection.receive_text()
    try:
        return Hello.model_validate_json(raw)
    except ValidationError as problem:
        raise BadRequest('begin with {"type": "hello", "token": …, "after": …}') from problem


async def _read(connection: WebSocket, runtime: Runtime, who: Visitor) -> None:
    origin = connection.scope["agenthub.origin"]
    while True:
        try:
            raw = await connection.receive_text()
        except WebSocketDisconnect:
            return
        try:
            message = SendMessage.model_validate_json(raw)
        except ValidationError as problem:
            error = problem.errors()[0]
            refused = BadRequest(f"{'.'.join(map(str, error['loc'])) or 'message'}: {error['msg']}")
            await _say(connection, _refusal(refused))
            continue
        try:
            async with runtime.unit(visitor.principal(who), origin) as ctx:
                sent = await inbound.take(ctx, who, message)
            await _say(connection, {"type": "sent", "seq": sent.seq, "client_id": sent.client_id})
        except Problem as problem:
            await _say(connection, {**_refusal(problem), "client_id": message.client_id})


async def _write(connection: WebSocket, signs: AsyncIterator[watch.Sign | None]) -> None:
    async for sign in signs:
        if sign is not None:
            await _say(connection, sign)


async def _say(connection: WebSocket, sign: watch.Sign) -> None:
    await connection.send_text(msgspec.json.encode(sign).decode())


def _refusal(problem: Problem) -> dict[str, Any]:
    return {"type": "error", "code": problem.problem_code, "detail": problem.detail}


async def _as_event_stream(signs: AsyncIterator[watch.Sign | None]) -> AsyncIterator[bytes]:
    async for sign in signs:
        if sign is None:
            yield b": still here\n\n"
            continue
        number = b"id: %d\n" % sign["seq"] if "seq" in sign else b""
        yield b"%sevent: %s\ndata: %s\n\n" % (number, sign["type"].encode(), msgspec.json.encode(sign))
