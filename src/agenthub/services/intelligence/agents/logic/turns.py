"""A turn: answered once, recorded once, told again when it is asked for again."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

import msgspec

from agenthub.contracts.agents import (
    AnswerCited,
    AnswerEvent,
    AnswerFinished,
    AnswerPiece,
    Citation,
    TurnFinished,
    TurnRequest,
)
from agenthub.kit.errors import Problem
from agenthub.services.intelligence.agents import statements as sql
from agenthub.services.intelligence.agents.logic.answering import Answering, Ctx, Outcome
from agenthub.services.intelligence.agents.logic.drafts import find_agent
from agenthub.services.intelligence.agents.logic.releases import present_version
from agenthub.services.intelligence.agents.models import RunRow, VersionRow

_ABORTED = "aborted"


async def take_turn(ctx: Ctx, request: TurnRequest) -> AsyncGenerator[AnswerEvent, None]:
    """The answer of the version that is published now, its run committed before the last event leaves.

    A turn that has ended already is told again as it was; one that was broken off is answered anew.
    Closing the generator early aborts the turn.
    """
    earlier = await ctx.db.one(sql.RUN_OF_TURN, RunRow, turn_id=request.turn_id)
    if earlier is not None and earlier.outcome != _ABORTED:
        for event in _told_again(earlier):
            yield event
        return
    version = await present_version(ctx, await find_agent(ctx, request.agent_id))
    run = _Run(ctx, request, version, earlier)
    try:
        async with aclosing(run.answering.events()) as events:
            async for event in events:
                yield event
    except Problem:
        # Nothing was said yet: the turn has not ended, its caller asks again.
        raise
    except BaseException:
        await run.keep(_ABORTED)
        raise
    yield _finished(await run.keep(run.answering.outcome))


class _Run:
    """The turn's row in the making."""

    def __init__(self, ctx: Ctx, request: TurnRequest, version: VersionRow, earlier: RunRow | None) -> None:
        self.answering = Answering(ctx, request, version)
        self._ctx = ctx
        self._request = request
        self._version = version
        self._earlier = earlier
        self._began = ctx.runtime.ports.clock.monotonic()

    async def keep(self, outcome: str) -> RunRow:
        """The turn's row, committed together with the event that it has ended; each once per turn.

        Where another process has answered the same turn meanwhile, its row stands.
        """
        row = self._row(outcome)
        async with self._ctx.fresh() as unit:
            is_ours = await unit.db.execute(sql.KEEP_RUN, **msgspec.structs.asdict(row))
            if is_ours and self._earlier is None:
                unit.publish(_event_of(row))
            kept = row if is_ours else await unit.db.one(sql.RUN_OF_TURN, RunRow, turn_id=row.turn_id)
        return kept or row

    def _row(self, outcome: str) -> RunRow:
        answering = self.answering
        took = self._ctx.runtime.ports.clock.monotonic() - self._began
        return RunRow(
            id=self._earlier.id if self._earlier else self._ctx.new_id("run"),
            turn_id=self._request.turn_id,
            agent_id=self._version.agent_id,
            version_id=self._version.id,
            conversation_id=self._request.conversation_id,
            question=answering.question,
            text=answering.cited.text,
            citations=msgspec.to_builtins(answering.cited.citations),
            outcome=outcome,
            confidence=answering.confidence,
            passages=answering.passages,
            input_tokens=answering.usage.input_tokens,
            output_tokens=answering.usage.output_tokens,
            cost_nanos=0,
            ms=round(took * 1000),
            trace_id=self._ctx.origin.trace_id,
            created_at=self._ctx.now(),
        )


def _told_again(row: RunRow) -> list[AnswerEvent]:
    finished = _finished(row)
    cited = [AnswerCited(citation=citation) for citation in finished.citations]
    return [AnswerPiece(text=row.text), *cited, finished]


def _finished(row: RunRow) -> AnswerFinished:
    return AnswerFinished(
        run_id=row.id,
        version_id=row.version_id,
        text=row.text,
        citations=msgspec.convert(row.citations, tuple[Citation, ...]),
        outcome=cast("Outcome", row.outcome),
        confidence=row.confidence,
    )


def _event_of(row: RunRow) -> TurnFinished:
    return TurnFinished(
        run_id=row.id,
        agent_id=row.agent_id,
        version_id=row.version_id,
        conversation_id=row.conversation_id,
        outcome=row.outcome,
        confidence=row.confidence,
        passages=row.passages,
        tool_calls=0,
        cost_nanos=row.cost_nanos,
        ms=row.ms,
    )


async def list_runs(ctx: Ctx, agent_id: str, before: str | None, up_to: int) -> list[RunRow]:
    """The agent's turns, newest first."""
    await find_agent(ctx, agent_id)
    return await ctx.db.all(sql.RUNS_BEFORE, RunRow, agent_id=agent_id, before=before or "~", up_to=up_to)
