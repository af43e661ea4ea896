"""The shapes of OpenAI's chat completions API, as far as they are used (platform.openai.com/docs/api-reference/chat)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from agenthub.contracts.llm import CompletionRequest
from agenthub.services.intelligence.llm.providers.port import ProviderAccount
from agenthub.services.intelligence.llm.providers.prompt import prompt_of

DONE = "[DONE]"


class Delta(msgspec.Struct, frozen=True):
    content: str | None = None
    refusal: str | None = None


class Choice(msgspec.Struct, frozen=True):
    delta: Delta = Delta()
    finish_reason: str | None = None
    index: int = 0


class Figures(msgspec.Struct, frozen=True):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Chunk(msgspec.Struct, frozen=True):
    choices: tuple[Choice, ...] = ()
    usage: Figures | None = None
    error: Any = None


class Model(msgspec.Struct, frozen=True):
    id: str
    owned_by: str = ""


class ModelList(msgspec.Struct, frozen=True):
    data: tuple[Model, ...]


class Failure(msgspec.Struct, frozen=True):
    """The `error` object; compatible servers leave out what they like."""

    message: str = ""
    type: str = ""
    code: str = ""


chunk_decoder = msgspec.json.Decoder(Chunk)
model_list_decoder = msgspec.json.Decoder(ModelList)


def payload(request: CompletionRequest, account: ProviderAccount) -> bytes:
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [{"role": turn.role, "content": turn.content} for turn in prompt_of(request)],
        "stream": True,
        "stream_options": {"include_usage": True},
        account.output_limit_parameter: request.max_output_tokens,
    }
    if request.temperature is not None:
        body["temperature"] = request.temperature
    return msgspec.json.encode(body)


def failure_of(error: Any) -> Failure:
    """The `error` member of a body or chunk, in whichever of its forms."""
    if isinstance(error, Mapping):
        told = {name: error.get(name) for name in ("message", "type", "code")}
        return Failure(**{name: "" if value is None else str(value) for name, value in told.items()})
    return Failure(message=str(error or ""))


def failure_in(body: bytes) -> Failure:
    """What a refusal's body says; pages of proxies say nothing worth repeating."""
    try:
        read = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Failure()
    if not isinstance(read, dict):
        return Failure()
    return failure_of(read.get("error") or read)
