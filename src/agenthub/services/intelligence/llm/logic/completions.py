"""One answer from a model: streamed as it comes, and recorded however it ends."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec

from agenthub.contracts.llm import (
    CompletionFinished,
    CompletionRequest,
    Finished,
    StreamEvent,
    TextDelta,
    Usage,
)
from agenthub.kit.context import Context
from agenthub.kit.errors import Problem
from agenthub.services.intelligence.llm.logic.connections import Chosen, Connections
from agenthub.services.intelligence.llm.models import RequestRow, requests
from agenthub.services.intelligence.llm.providers.pieces import estimated_input_tokens, estimated_tokens
from agenthub.services.intelligence.llm.settings import LlmSettings


async def stream(ctx: Context[LlmSettings], request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
    """The provider's events; its failure after the first text is `Finished("interrupted")`.

    The record is committed before the last event leaves. Whoever closes the generator early ends the work
    at the vendor, and the record says so.
    """
    connections = ctx.use(Connections)
    with connections.place():
        chosen = await connections.choose(ctx, request.model)
        record = _Record(ctx, request, chosen)
        try:
            async with aclosing(_events(chosen, request, record)) as events:
                async for event in events:
                    if isinstance(event, Finished):
                        await record.keep("interrupted" if event.reason == "interrupted" else "ok")
                    yield event
        except Problem:
            await record.keep("failed")
            raise
        finally:
            await record.keep("aborted")


async def _events(
    chosen: Chosen, request: CompletionRequest, record: "_Record"
) -> AsyncGenerator[StreamEvent, None]:
    wanted = msgspec.structs.replace(request, model=chosen.model)
    try:
        async with aclosing(chosen.provider.stream(wanted)) as events:
            async for event in events:
                record.note(event)
                yield event
    except Problem as problem:
        if not record.has_text:
            raise
        record.log_interruption(problem)
        yield record.usage
        yield Finished(reason="interrupted")


class _Record:
    """What is known of a request so far; kept once, in a unit of its own."""

    def __init__(self, ctx: Context[LlmSettings], request: CompletionRequest, chosen: Chosen) -> None:
        self._ctx = ctx
        self._request = request
        self._chosen = chosen
        self._id = ctx.new_id("req")
        self._began = ctx.runtime.ports.clock.monotonic()
        self._usage: Usage | None = None
        self._written: list[str] = []
        self._is_kept = False

    @property
    def has_text(self) -> bool:
        """If the reader has been given words already."""
        return bool(self._written)

    @property
    def usage(self) -> Usage:
        """The provider's figures, else an estimate from what was read and written."""
        return self._usage or Usage(
            input_tokens=estimated_input_tokens(self._request),
            output_tokens=estimated_tokens("".join(self._written)),
            estimated=True,
        )

    def note(self, event: StreamEvent) -> None:
        if isinstance(event, TextDelta):
            self._written.append(event.text)
        elif isinstance(event, Usage):
            self._usage = event

    def log_interruption(self, problem: Problem) -> None:
        self._ctx.runtime.log.warning("completion_interrupted", request=self._id, reason=problem.detail)

    async def keep(self, status: str) -> None:
        """Commit the row and the event; only the first call counts."""
        if self._is_kept:
            return
        self._is_kept = True
        row = self._row(status)
        async with self._ctx.fresh() as unit:
            await unit.db.insert(requests, row)
            unit.publish(_event_of(row))

    def _row(self, status: str) -> RequestRow:
        took = self._ctx.runtime.ports.clock.monotonic() - self._began
        usage = self.usage
        return RequestRow(
            id=self._id,
            model=self._request.model,
            provider=self._chosen.provider.name,
            agent_id=self._request.agent_id,
            conversation_id=self._request.conversation_id,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cost_nanos=0,
            ms=round(took * 1000),
            status=status,
            created_at=self._ctx.now(),
        )


def _event_of(row: RequestRow) -> CompletionFinished:
    return CompletionFinished(
        request_id=row.id,
        model=row.model,
        provider=row.provider,
        agent_id=row.agent_id,
        conversation_id=row.conversation_id,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cost_nanos=row.cost_nanos,
        ms=row.ms,
        status=row.status,
    )
