"""OpenAI and every server that speaks its chat completions API (platform.openai.com/docs/api-reference/chat)."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import Self

import aiohttp
import msgspec

from agenthub.contracts.llm import (
    CompletionRequest,
    Finished,
    FinishReason,
    StreamEvent,
    Usage,
)
from agenthub.kit.errors import Misconfigured, Rejected, Unavailable
from agenthub.services.intelligence.llm.providers.citations import CitationFilter
from agenthub.services.intelligence.llm.providers.openai_errors import broken_off, refusal, translated
from agenthub.services.intelligence.llm.providers.openai_wire import (
    DONE,
    Chunk,
    Figures,
    chunk_decoder,
    failure_in,
    failure_of,
    model_list_decoder,
    payload,
)
from agenthub.services.intelligence.llm.providers.pieces import estimated_input_tokens, estimated_tokens
from agenthub.services.intelligence.llm.providers.port import ModelInfo, Provider, ProviderAccount
from agenthub.services.intelligence.llm.providers.sse import EventParser, LineTooLongError

_ERROR_BODY_BYTES = 65_536
_LINGER_SECONDS = 5.0
"""How long the figures of usage are waited for once the answer is complete."""


class OpenAICompatibleProvider(Provider):
    def __init__(self, account: ProviderAccount, session: aiohttp.ClientSession) -> None:
        self._account = account
        self._session = session

    @classmethod
    def connect(cls, account: ProviderAccount, session: aiohttp.ClientSession) -> Self:
        return cls(account, session)

    @property
    def name(self) -> str:
        return self._account.name

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        reading = _Reading(request)
        async with aclosing(self._chunks(payload(request, self._account), reading)) as chunks:
            async for chunk in chunks:
                for event in reading.take(chunk):
                    yield event
        for event in reading.end(self._account):
            yield event

    async def models(self) -> tuple[ModelInfo, ...]:
        deadline = asyncio.get_running_loop().time() + self._account.timeouts.first_token
        async with self._opened("GET", "/models", None, deadline) as response:
            with translated(self._account):
                async with asyncio.timeout_at(deadline):
                    body = await response.read()
        try:
            listed = model_list_decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._no_api() from error
        return tuple(ModelInfo(name=model.id, owner=model.owned_by) for model in listed.data)

    async def _chunks(self, body: bytes, reading: "_Reading") -> AsyncGenerator[Chunk, None]:
        """The chunks of one answer; ends at `[DONE]`, or where the connection ends after the answer did."""
        now = asyncio.get_running_loop().time
        patience = self._account.timeouts
        whole = now() + patience.whole
        first = min(whole, now() + patience.first_token)
        async with self._opened("POST", "/chat/completions", body, first) as response:
            if response.content_type in ("text/html", "application/json"):
                raise self._no_api()
            parser = EventParser()
            begun = False
            while True:
                idle = _LINGER_SECONDS if reading.complete else patience.idle
                portion = await self._read(response, min(whole, now() + idle) if begun else first, reading)
                try:
                    events = parser.feed(portion) if portion else parser.close()
                except LineTooLongError as error:
                    raise Unavailable(f"The model provider {self.name!r} sent nonsense. {error}") from error
                for data in events:
                    begun = True
                    if data.strip() == DONE:
                        reading.done = True
                        return
                    yield self._decoded(data)
                if not portion:
                    return

    async def _read(self, response: aiohttp.ClientResponse, deadline: float, reading: "_Reading") -> bytes:
        """The next bytes; none at the end. What fails after the answer is complete is an end like another."""
        try:
            with translated(self._account):
                async with asyncio.timeout_at(deadline):
                    return await response.content.readany()
        except Unavailable:
            if reading.complete:
                return b""
            raise

    def _decoded(self, data: str) -> Chunk:
        try:
            chunk = chunk_decoder.decode(data)
        except msgspec.DecodeError as error:
            raise Unavailable(
                f"The model provider {self.name!r} sent an event that cannot be read."
            ) from error
        if chunk.error:
            raise broken_off(failure_of(chunk.error), self._account)
        return chunk

    @asynccontextmanager
    async def _opened(
        self, method: str, path: str, body: bytes | None, deadline: float
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """A response of status 200, whose connection is closed at once when it is left unread."""
        with translated(self._account):
            async with asyncio.timeout_at(deadline):
                response = await self._send(method, path, body)
        try:
            if response.status != 200:  # noqa: PLR2004  OK, RFC 9110
                with translated(self._account):
                    async with asyncio.timeout_at(deadline):
                        said = await response.content.read(_ERROR_BODY_BYTES)
                raise refusal(response.status, response.headers, failure_in(said), self._account)
            yield response
            response.release()
        finally:
            response.close()

    async def _send(self, method: str, path: str, body: bytes | None) -> aiohttp.ClientResponse:
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream, application/json"}
        if self._account.api_key:
            headers["Authorization"] = f"Bearer {self._account.api_key.strip()}"
        try:
            return await self._session.request(
                method,
                self._account.base_url.rstrip("/") + path,
                data=body,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._account.timeouts.connect),
            )
        except aiohttp.ClientError:
            raise
        except ValueError as error:
            raise Misconfigured(
                f"The api_key of the model provider {self.name!r} holds characters that no key has."
            ) from error

    def _no_api(self) -> Misconfigured:
        return Misconfigured(
            f"No OpenAI-compatible API answers at the base_url of the model provider {self.name!r}; it "
            "usually ends with /v1."
        )


class _Reading:
    """What has been read of one answer."""

    def __init__(self, request: CompletionRequest) -> None:
        self._request = request
        self._marks = CitationFilter(request.passages)
        self._written: list[str] = []
        self._figures: Figures | None = None
        self._finish = ""
        self.done = False

    @property
    def complete(self) -> bool:
        """If the model said that it has finished; figures of usage may follow."""
        return bool(self._finish)

    def take(self, chunk: Chunk) -> Iterator[StreamEvent]:
        self._figures = chunk.usage or self._figures
        for choice in chunk.choices:
            if choice.index:
                continue
            self._finish = choice.finish_reason or self._finish
            for text in (choice.delta.content, choice.delta.refusal):
                if text:
                    self._written.append(text)
                    yield from self._marks.feed(text)

    def end(self, account: ProviderAccount) -> Iterator[StreamEvent]:
        """The rest of the text, usage and the reason; an answer without an end is a failure."""
        if not (self._finish or self.done):
            raise Unavailable(f"The model provider {account.name!r} closed the connection mid-answer.")
        if self._finish == "content_filter" and not self._written:
            raise Rejected(
                f"The content filter of the model provider {account.name!r} let no answer through.",
                code="content_filtered",
            )
        yield from self._marks.close()
        yield self._usage()
        yield Finished(reason=self._reason())

    def _usage(self) -> Usage:
        if self._figures:
            return Usage(
                input_tokens=self._figures.prompt_tokens, output_tokens=self._figures.completion_tokens
            )
        return Usage(
            input_tokens=estimated_input_tokens(self._request),
            output_tokens=estimated_tokens("".join(self._written)),
            estimated=True,
        )

    def _reason(self) -> FinishReason:
        if self._finish == "length":
            return "length"
        if self._finish == "content_filter":
            return "interrupted"
        fallback = self._request.fallback.strip()
        unknown = bool(fallback) and "".join(self._written).strip() == fallback
        return "no_answer" if unknown else "stop"
