"""The routes that clients of OpenAI's API know."""

from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse

from agenthub.contracts.llm import Finished, StreamEvent, TextDelta, Usage, collect
from agenthub.kit.app.problems import respond
from agenthub.kit.app.routes import UnitOfWorkRoute, context
from agenthub.kit.app.streams import server_sent, streamed
from agenthub.kit.auth.access import needs
from agenthub.kit.context import Context
from agenthub.kit.errors import BadRequest, Problem, Unavailable
from agenthub.services.intelligence.llm.errors import ModelNotFound
from agenthub.services.intelligence.llm.logic import accounts
from agenthub.services.intelligence.llm.logic.completions import stream
from agenthub.services.intelligence.llm.openai_shapes import ChatRequest, Head, error_of
from agenthub.services.intelligence.llm.providers.port import ModelInfo
from agenthub.services.intelligence.llm.settings import LlmSettings

_USE = needs("agents:run")
_DONE = b"data: [DONE]\n\n"


class VendorShapedRoute(UnitOfWorkRoute):
    """A route whose errors have the shape that the vendor's clients read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def shaped(request: Request) -> Response:
            try:
                return await handle(request)
            except Problem as problem:
                return _refusal(problem)
            except RequestValidationError as problem:
                error = problem.errors()[0]
                where = ".".join(str(part) for part in error["loc"][1:])
                return _refusal(BadRequest(f"{where or 'body'}: {error['msg']}"), where or None)

        return shaped


router = APIRouter(route_class=VendorShapedRoute, tags=["openai"])
Ctx = Annotated[Context[LlmSettings], Depends(context)]


@router.post("/v1/chat/completions", openapi_extra=_USE, response_model=None)
async def complete(ctx: Ctx, body: ChatRequest) -> Response:
    """An answer of the model, whole or as server-sent events."""
    events = stream(ctx, body.completion(ctx.settings.output_limit))
    head = Head(id=ctx.new_id("chatcmpl"), created=int(ctx.now().timestamp()), model=body.model)
    if body.stream:
        with_figures = body.stream_options is not None and body.stream_options.include_usage
        return await streamed(_sent(events, head, with_figures=with_figures))
    async with aclosing(events):
        answer = await collect(events)
    if answer.reason == "interrupted":
        raise _broken_off()
    return JSONResponse(head.whole(answer.text, answer.reason, answer.usage))


@router.get("/v1/models", openapi_extra=_USE)
async def list_models(ctx: Ctx) -> dict[str, Any]:
    """Every model by the name that requests use."""
    return {"object": "list", "data": [_entry(model) for model in await accounts.list_models(ctx)]}


@router.get("/v1/models/{name:path}", openapi_extra=_USE)
async def show_model(ctx: Ctx, name: str) -> dict[str, Any]:
    for model in await accounts.list_models(ctx):
        if model.name == name:
            return _entry(model)
    raise ModelNotFound(f"there is no model {name!r}; GET /v1/models lists what there is")


async def _sent(
    events: AsyncGenerator[StreamEvent, None], head: Head, *, with_figures: bool
) -> AsyncGenerator[bytes, None]:
    """The events as chunks; what fails after the first is told inside the stream."""
    begun = False
    try:
        async with aclosing(_chunks(events, head, with_figures=with_figures)) as chunks:
            async for chunk in chunks:
                if not begun:
                    yield server_sent(head.chunk({"role": "assistant", "content": ""}))
                    begun = True
                yield server_sent(chunk)
    except Problem as problem:
        if not begun:
            raise
        yield server_sent(error_of(problem))
    else:
        yield _DONE


async def _chunks(
    events: AsyncGenerator[StreamEvent, None], head: Head, *, with_figures: bool
) -> AsyncGenerator[Any, None]:
    figures = None
    async with aclosing(events):
        async for event in events:
            match event:
                case TextDelta():
                    yield head.chunk({"content": event.text})
                case Usage():
                    figures = event
                case Finished(reason="interrupted"):
                    raise _broken_off()
                case Finished():
                    yield head.chunk({}, event.reason)
    if with_figures and figures:
        yield head.figures(figures)


def _broken_off() -> Unavailable:
    return Unavailable("the model broke off in the middle of its answer; ask again", code="interrupted")


def _entry(model: ModelInfo) -> dict[str, Any]:
    return {"id": model.name, "object": "model", "created": 0, "owned_by": model.owner}


def _refusal(problem: Problem, parameter: str | None = None) -> Response:
    refused = respond(problem)
    headers = {name: refused.headers[name] for name in ("retry-after",) if name in refused.headers}
    return JSONResponse(error_of(problem, parameter), status_code=problem.status, headers=headers)
