"""Repeats the last user message in word pieces; for tests and measurements."""

from collections.abc import AsyncGenerator
from typing import Self

import aiohttp

from agenthub.contracts.llm import CompletionRequest, Finished, StreamEvent, TextDelta, Usage
from agenthub.services.intelligence.llm.providers.pieces import (
    input_pieces,
    last_user_message,
    word_pieces,
)
from agenthub.services.intelligence.llm.providers.port import ModelInfo, Provider, ProviderAccount


class EchoProvider(Provider):
    def __init__(self, name: str = "echo") -> None:
        self._name = name

    @classmethod
    def connect(cls, account: ProviderAccount, session: aiohttp.ClientSession) -> Self:  # noqa: ARG003  nothing to reach
        return cls(account.name)

    @property
    def name(self) -> str:
        return self._name

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        pieces = word_pieces(last_user_message(request))
        told = pieces[: request.max_output_tokens]
        for piece in told:
            yield TextDelta(text=piece)
        yield Usage(input_tokens=input_pieces(request), output_tokens=len(told))
        yield Finished(reason="stop" if len(told) == len(pieces) else "length")

    async def models(self) -> tuple[ModelInfo, ...]:
        return (ModelInfo(name="echo", owner="agenthub"),)
