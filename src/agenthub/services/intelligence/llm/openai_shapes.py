"""OpenAI's chat completions, as far as they are offered (platform.openai.com/docs/api-reference/chat)."""

from typing import Any, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from agenthub.contracts.llm import ChatMessage, CompletionRequest, FinishReason, Usage
from agenthub.kit.errors import Problem
from agenthub.services.intelligence.llm.errors import FeatureUnsupported

_ROLES: dict[str, Literal["system", "user", "assistant"]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
# Fields that change the answer; those left out here (`user`, `metadata`, `seed` …) only accompany it.
_NOT_OFFERED: dict[str, Any] = {
    "tools": None,
    "functions": None,
    "n": 1,
    "response_format": {"type": "text"},
    "logprobs": False,
    "logit_bias": None,
    "modalities": ["text"],
    "audio": None,
    "stop": None,
    "top_p": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
}


class Part(BaseModel):
    """A piece of a message's content."""

    type: str
    text: str = ""


class Message(BaseModel):
    """One turn; content is text or parts of text."""

    role: str
    content: str | list[Part] | None = None


class StreamOptions(BaseModel):
    include_usage: bool = False


class ChatRequest(BaseModel):
    """A request; unknown fields are allowed, for clients send what their vendor once offered."""

    model_config = ConfigDict(extra="allow")

    model: str = Field(min_length=1, max_length=200)
    messages: list[Message] = Field(min_length=1, max_length=1000)
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    drop_unsupported: bool = False

    def completion(self, output_limit: int) -> CompletionRequest:
        """The request as the service knows it; FeatureUnsupported names model and feature."""
        if not self.drop_unsupported:
            self._refuse_what_is_not_offered()
        return CompletionRequest(
            model=self.model,
            messages=tuple(self._turn(message) for message in self.messages),
            temperature=self.temperature,
            max_output_tokens=self.max_completion_tokens or self.max_tokens or output_limit,
        )

    def _refuse_what_is_not_offered(self) -> None:
        for name, neutral in _NOT_OFFERED.items():
            value = (self.model_extra or {}).get(name)
            if value and value != neutral:
                raise self._unsupported(name)

    def _turn(self, message: Message) -> ChatMessage:
        role = _ROLES.get(message.role)
        if role is None:
            raise self._unsupported(f"messages of role {message.role}")
        if not isinstance(message.content, list):
            return ChatMessage(role=role, content=message.content or "")
        for part in message.content:
            if part.type != "text":
                raise self._unsupported(f"content of type {part.type}")
        return ChatMessage(role=role, content="".join(part.text for part in message.content))

    def _unsupported(self, feature: str) -> FeatureUnsupported:
        return FeatureUnsupported(
            f"{self.model} is not offered with {feature}; leave it out, or send drop_unsupported: true"
        )


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What every chunk of one answer begins with."""

    id: str
    created: int
    model: str

    def chunk(self, delta: dict[str, str], finish: FinishReason | None = None) -> dict[str, Any]:
        """A chunk with the next piece, or with the reason of the end."""
        reason = _finish(finish) if finish else None
        return self._of("chat.completion.chunk", [{"index": 0, "delta": delta, "finish_reason": reason}])

    def figures(self, usage: Usage) -> dict[str, Any]:
        """The chunk without choices that tells the usage."""
        return {**self._of("chat.completion.chunk", []), "usage": figures_of(usage)}

    def whole(self, text: str, finish: FinishReason, usage: Usage) -> dict[str, Any]:
        """The answer in one piece."""
        message = {"role": "assistant", "content": text, "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": _finish(finish), "logprobs": None}
        return {**self._of("chat.completion", [choice]), "usage": figures_of(usage)}

    def _of(self, kind: str, choices: list[Any]) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "choices": choices,
        }


def _finish(reason: FinishReason) -> str:
    return "length" if reason == "length" else "stop"


def figures_of(usage: Usage) -> dict[str, int]:
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }


def error_of(problem: Problem, parameter: str | None = None) -> dict[str, Any]:
    """The problem in OpenAI's error shape."""
    kind = "invalid_request_error" if problem.status < 500 else "server_error"  # noqa: PLR2004  RFC 9110
    return {
        "error": {
            "message": problem.detail,
            "type": "rate_limit_error" if problem.status == 429 else kind,  # noqa: PLR2004  as above
            "param": parameter,
            "code": problem.problem_code,
        }
    }
