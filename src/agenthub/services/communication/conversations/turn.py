"""One turn: what was written so far goes to the agent, its answer comes back piece by piece."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from agenthub.contracts.agents import (
    AgentsClient,
    AnswerFinished,
    AnswerPiece,
    Turn,
    TurnRequest,
)
from agenthub.contracts.conversations import ReplyReady
from agenthub.kit.errors import Problem, Unavailable
from agenthub.services.communication.conversations import live, models
from agenthub.services.communication.conversations.logic import Unit, announce
from agenthub.services.communication.conversations.models import Conversation, Message, TurnRow

_AGENT_PAUSE_SECONDS = 0.25
_AUTHORS = {"customer": "customer", "agent": "agent"}


async def start(ctx: Unit, turn_id: str) -> TurnRow | None:
    """The turn, marked as running in a unit of its own; None when it has ended already."""
    async with ctx.fresh() as unit:
        if not await unit.db.execute(models.START_TURN, turn_id=turn_id):
            return None
        turn: TurnRow | None = await unit.db.one(models.TURN, TurnRow, turn_id=turn_id)
        return turn


async def answer(
    ctx: Unit, turn: TurnRow, conversation: Conversation, agent_id: str
) -> AnswerFinished | None:
    """The agent's whole answer, shown live as it is written; None when it fails for good.

    Raises Unavailable when somebody that it needs is down: the turn is run again later.
    """
    history = await _history(ctx, turn)
    request = TurnRequest(
        agent_id=agent_id, turn_id=turn.id, conversation_id=conversation.id, history=history
    )
    writing = live.Writing(ctx, conversation, turn.reply_id)
    try:
        async for event in ctx.client(AgentsClient).turn(request):
            if isinstance(event, AnswerPiece):
                await writing.add(event.text)
            elif isinstance(event, AnswerFinished):
                return event
    except Unavailable:
        raise
    except Problem as problem:
        ctx.runtime.log.warning("turn_failed", turn=turn.id, reason=problem.detail)
        return None
    finally:
        await writing.end()
    raise Unavailable("the agent broke off its answer")


async def finish(ctx: Unit, turn: TurnRow, conversation: Conversation, result: AnswerFinished | None) -> None:
    """Keep the answer, end the turn and have the answer sent, all at once."""
    outcome = result.outcome if result else "failed"
    if not await ctx.db.execute(models.END_TURN, turn_id=turn.id, how=outcome, now=ctx.now()):
        return
    text = result.text if result else ctx.settings.apology
    citations = result.citations if result else ()
    await ctx.db.execute(
        models.ADD_ONCE,
        id=turn.reply_id,
        conversation_id=conversation.id,
        author_kind="agent",
        author_id=conversation.agent_id or "-",
        direction="out",
        kind="text",
        content=text,
        citations=msgspec.to_builtins(citations),
        run_id=result.run_id if result else None,
        status="queued",
        external_id=turn.reply_id,
        created_at=ctx.now(),
        seq=await ctx.db.scalar(models.NEXT_SEQ, conversation_id=conversation.id),
    )
    if outcome in {"person_requested", "failed"}:
        await ctx.db.execute(
            models.SET_STATUS, conversation_id=conversation.id, new_status="open", new_outcome=outcome
        )
    announce(ctx, conversation, turn.reply_id, author_kind="agent", kind="text")
    ctx.publish(
        ReplyReady(
            message_id=turn.reply_id,
            conversation_id=conversation.id,
            channel=conversation.channel,
            account_id=conversation.account_id,
            recipient=conversation.thread,
            thread=conversation.thread,
            content=text,
            author_kind="agent",
            citations=citations,
        )
    )


def wait_for_agent(ctx: Unit, turn: TurnRow) -> None:
    """A chat may be open a moment before its agent is bound to it: raise Unavailable while that may be so."""
    if ctx.now() - turn.created_at < timedelta(seconds=ctx.settings.agent_wait_seconds):
        raise Unavailable("no agent answers here yet", retry_after=_AGENT_PAUSE_SECONDS)


async def end_unanswered(ctx: Unit, turn: TurnRow, conversation: Conversation) -> None:
    """No agent answers here: the conversation waits for people."""
    await ctx.db.execute(models.END_TURN, turn_id=turn.id, how="no_agent", now=ctx.now())
    await ctx.db.execute(
        models.SET_STATUS, conversation_id=conversation.id, new_status="open", new_outcome=None
    )


async def _history(ctx: Unit, turn: TurnRow) -> Sequence[Turn]:
    rows = await ctx.db.all(
        models.HISTORY,
        Message,
        conversation_id=turn.conversation_id,
        up_to=await ctx.db.scalar(models.SEQ_OF_MESSAGE, message_id=turn.last_message_id),
        limit=ctx.settings.history_messages,
    )
    return [
        Turn(author=_AUTHORS.get(row.author_kind, "person"), text=row.content)  # type: ignore[arg-type]  # the table's values
        for row in reversed(rows)
    ]
