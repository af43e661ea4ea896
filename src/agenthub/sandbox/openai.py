"""A stand-in for OpenAI: chat completions, embeddings and models, with scripted answers and faults.

Speaks as platform.openai.com/docs/api-reference does. In one process it is driven through its attributes, from
another through `/sandbox/answers`, `/sandbox/faults` (POST, appended) and `/sandbox/requests` (GET).
"""

import asyncio
import base64
import hashlib
import itertools
import json
import re
import struct
from collections import deque
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

from aiohttp import web

FaultKind = Literal[
    "status", "silence", "slow_drip", "truncated_utf8", "missing_done", "long_line", "reset", "not_json",
    "error_event", "html", "half_line",
]  # fmt: skip
_CREATED = 1_763_830_000
_LONG_LINE_BYTES = 10 * 1024 * 1024
_DRIP_SECONDS = 0.05
_DIMENSIONS = {"text-embedding-3-large": 3072}
_MODELS = ("gpt-4o-mini", "gpt-4.1-mini", "text-embedding-3-small", "text-embedding-3-large")
_EVENT_STREAM = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}
_ERRORS = {
    400: ("invalid_request_error", None, "The request cannot be read."),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    403: ("invalid_request_error", "permission_denied", "The key may not do this."),
    404: ("invalid_request_error", "model_not_found", "The model does not exist."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached."),
    503: ("service_unavailable_error", "server_is_overloaded", "The server is overloaded."),
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the model says next; `pieces` go out as one delta each."""

    pieces: tuple[str, ...]
    finish_reason: str = "stop"
    usage: bool = True
    """If figures are told when they are asked for."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong with one request; streams fail after `after_pieces` deltas."""

    kind: FaultKind
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    code: str | None = None
    after_pieces: int = 1


@dataclass(frozen=True, kw_only=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


class OpenAISandbox:
    """Serves on loopback between `async with`; `base_url` is what a client is pointed at."""

    def __init__(self, *, port: int = 0, api_key: str = "") -> None:
        self.answers: deque[Answer] = deque()
        self.faults: deque[Fault] = deque()
        self.requests: list[Received] = []
        self.left_early = asyncio.Event()
        self._port = port
        self._api_key = api_key
        self._numbers = itertools.count(1)
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self.app(), handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner:
            await self._runner.cleanup()

    def app(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.add_routes(
            [
                web.get("/v1/models", self._models),
                web.get("/v1/models/{model}", self._model),
                web.post("/v1/chat/completions", self._chat),
                web.post("/v1/embeddings", self._embeddings),
                web.get("/sandbox/requests", self._log),
                web.post("/sandbox/answers", self._script),
                web.post("/sandbox/faults", self._break),
            ]
        )
        return app

    async def _received(self, request: web.Request) -> tuple[Any, Fault | None]:
        """Logs the request; refuses a wrong key and whatever a fault refuses."""
        text = await request.text()
        try:
            body = json.loads(text) if text else None
        except ValueError:
            raise _refused(400) from None
        self.requests.append(
            Received(method=request.method, path=request.path, headers=dict(request.headers), body=body)
        )
        if self._api_key and request.headers.get("Authorization") != f"Bearer {self._api_key}":
            raise _refused(401)
        fault = self.faults.popleft() if self.faults else None
        if fault and fault.kind == "status":
            raise _refused(fault.status, fault.headers, fault.code)
        if fault and fault.kind == "html":
            raise web.HTTPOk(text="<html>Welcome</html>", content_type="text/html")
        return body, fault

    async def _models(self, request: web.Request) -> web.Response:
        await self._received(request)
        return web.json_response({"object": "list", "data": [_model(name) for name in _MODELS]})

    async def _model(self, request: web.Request) -> web.Response:
        await self._received(request)
        name = request.match_info["model"]
        if name not in _MODELS:
            raise _refused(404)
        return web.json_response(_model(name))

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body, fault = await self._received(request)
        if not isinstance(body, dict) or not body.get("messages") or "model" not in body:
            raise _refused(400)
        answer = self.answers.popleft() if self.answers else Answer(pieces=_default_pieces(body))
        known = {"id": f"chatcmpl-{next(self._numbers)}", "created": _CREATED, "model": body["model"]}
        if body.get("stream"):
            return await self._streamed(request, known, answer, fault)
        message = {"role": "assistant", "content": "".join(answer.pieces), "refusal": None}
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": answer.finish_reason,
        }
        whole = {**known, "object": "chat.completion", "choices": [choice], "usage": _usage(body, answer)}
        return web.json_response(whole, headers={"x-request-id": known["id"]})

    async def _streamed(
        self, request: web.Request, known: dict[str, Any], answer: Answer, fault: Fault | None
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={**_EVENT_STREAM, "x-request-id": known["id"]})
        await response.prepare(request)
        body = self.requests[-1].body
        try:
            events = _chunks(known, body, answer)
            for number, event in enumerate(events):
                # The role comes first, so that the nth delta has the number n.
                if fault and number == min(fault.after_pieces + 1, len(events) - 1):
                    return await _fail(request, response, fault, events[number:])
                await response.write(_event(event))
            await response.write(b"data: [DONE]\n\n")
        except (ConnectionResetError, asyncio.CancelledError):
            self.left_early.set()
            raise
        return response

    async def _embeddings(self, request: web.Request) -> web.Response:
        body, _ = await self._received(request)
        if not isinstance(body, dict) or not body.get("input") or "model" not in body:
            raise _refused(400)
        items = _embedding_inputs(body["input"])
        size = body.get("dimensions") or _DIMENSIONS.get(body["model"], 1536)
        vectors = [_vector(item, size) for item in items]
        coded = body.get("encoding_format") == "base64"
        data = [
            {"object": "embedding", "index": at, "embedding": _base64(vector) if coded else vector}
            for at, vector in enumerate(vectors)
        ]
        tokens = sum(len(item.split()) for item in items)
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return web.json_response({"object": "list", "data": data, "model": body["model"], "usage": usage})

    async def _log(self, _: web.Request) -> web.Response:
        return web.json_response([vars(received) for received in self.requests])

    async def _script(self, request: web.Request) -> web.Response:
        told = await request.json()
        self.answers.append(Answer(**{**told, "pieces": tuple(told["pieces"])}))
        return web.json_response({"waiting": len(self.answers)})

    async def _break(self, request: web.Request) -> web.Response:
        self.faults.append(Fault(**await request.json()))
        return web.json_response({"waiting": len(self.faults)})


async def _fail(
    request: web.Request, response: web.StreamResponse, fault: Fault, rest: list[dict[str, Any]]
) -> web.StreamResponse:
    broken = {
        "truncated_utf8": b'data: {"choices":[{"index":0,"delta":{"content":"caf\xc3',
        "half_line": b'data: {"choices":[{"index":0,"del',
        "not_json": b"data: {oops\n\n",
        "error_event": _event({"error": _error(503, fault.code)}),
        "long_line": b"data: " + b"x" * _LONG_LINE_BYTES + b"\n\n",
        "missing_done": b"".join(map(_event, rest)),
    }
    if fault.kind in broken:
        await response.write(broken[fault.kind])
    elif fault.kind == "reset" and request.transport:
        request.transport.abort()
    elif fault.kind == "silence":
        await asyncio.Event().wait()
    elif fault.kind == "slow_drip":
        for byte in itertools.cycle(b": drip\n"):
            await response.write(bytes([byte]))
            await asyncio.sleep(_DRIP_SECONDS)
    return response


def _chunks(known: dict[str, Any], body: Any, answer: Answer) -> list[dict[str, Any]]:
    told: dict[str, Any] = {**known, "object": "chat.completion.chunk"}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": piece} for piece in answer.pieces]
    reasons: list[str | None] = [None] * len(deltas)
    choices = [
        {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        for delta, reason in zip([*deltas, {}], [*reasons, answer.finish_reason], strict=True)
    ]
    chunks = [{**told, "choices": [choice]} for choice in choices]
    if answer.usage and (body.get("stream_options") or {}).get("include_usage"):
        chunks.append({**told, "choices": [], "usage": _usage(body, answer)})
    return chunks


def _event(value: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()


def _default_pieces(body: dict[str, Any]) -> tuple[str, ...]:
    """The question back, word by word."""
    asked = [m for m in body["messages"] if m.get("role") == "user"]
    return tuple(re.findall(r"\s*\S+", f"You said: {_text(asked[-1]) if asked else 'nothing'}"))


def _text(message: dict[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return " ".join(part.get("text", "") for part in content)


def _usage(body: dict[str, Any], answer: Answer) -> dict[str, Any]:
    prompt = sum(len(_text(message).split()) for message in body["messages"])
    written = len(answer.pieces)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": written,
        "total_tokens": prompt + written,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": _CREATED, "owned_by": "openai"}


def _error(status: int, code: str | None = None) -> dict[str, Any]:
    kind, usual, message = _ERRORS.get(status, ("server_error", None, "The server had an error."))
    if code == "insufficient_quota":
        kind, message = "insufficient_quota", "You exceeded your current quota."
    return {"message": message, "type": kind, "param": None, "code": code or usual}


def _refused(
    status: int, headers: dict[str, str] | None = None, code: str | None = None
) -> web.HTTPException:
    refused = web.HTTPBadRequest(
        text=json.dumps({"error": _error(status, code)}), content_type="application/json", headers=headers
    )
    refused.set_status(status)
    return refused


def _embedding_inputs(given: Any) -> list[str]:
    """Text, token numbers, or a list of either."""
    if isinstance(given, str):
        return [given]
    if isinstance(given[0], int):
        return [" ".join(map(str, given))]
    return [item if isinstance(item, str) else " ".join(map(str, item)) for item in given]


def _vector(text: str, size: int) -> list[float]:
    """The same text gives the same direction of length 1."""
    seed = hashlib.shake_256(text.encode()).digest(size * 2)
    values = [(high - 127.5) + low / 256 for high, low in zip(seed[::2], seed[1::2], strict=True)]
    length = sum(value * value for value in values) ** 0.5
    return [value / length for value in values]


def _base64(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
