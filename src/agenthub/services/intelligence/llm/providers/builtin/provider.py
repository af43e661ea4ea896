"""The built-in model as a provider: no key, no download, no network."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from typing import Self

import aiohttp

from agenthub.contracts.llm import (
    CompletionRequest,
    Finished,
    PersonRequested,
    StreamEvent,
    TextDelta,
    Usage,
)
from agenthub.services.intelligence.llm.providers.builtin.answer import Answer, answer
from agenthub.services.intelligence.llm.providers.pieces import input_pieces, word_pieces
from agenthub.services.intelligence.llm.providers.port import ModelInfo, Provider, ProviderAccount


class BuiltinProvider(Provider):
    def __init__(self, name: str = "builtin") -> None:
        self._name = name

    @classmethod
    def connect(cls, account: ProviderAccount, session: aiohttp.ClientSession) -> Self:  # noqa: ARG003  nothing to reach
        return cls(account.name)

    @property
    def name(self) -> str:
        return self._name

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        found = await asyncio.to_thread(answer, request)
        for event in _events(request, found):
            yield event

    async def models(self) -> tuple[ModelInfo, ...]:
        return (ModelInfo(name="builtin", owner="agenthub"),)


def _events(request: CompletionRequest, found: Answer) -> Iterator[StreamEvent]:
    left = request.max_output_tokens
    reason = found.reason
    for segment in found.segments:
        pieces = word_pieces(segment.text)
        for piece in pieces[:left]:
            yield TextDelta(text=piece)
        if len(pieces) > left:
            left, reason = 0, "length"
            break
        left -= len(pieces)
        if segment.citation:
            yield segment.citation
    if found.person_requested:
        yield PersonRequested()
    yield Usage(input_tokens=input_pieces(request), output_tokens=request.max_output_tokens - left)
    yield Finished(reason=reason)
