"""What conversations does later."""

from agenthub.contracts.agents import AgentsClient
from agenthub.kit.service import Job
from agenthub.services.communication.conversations import models, turn
from agenthub.services.communication.conversations.logic import Unit
from agenthub.services.communication.conversations.models import Conversation
from agenthub.services.communication.conversations.shapes import RunTurn


async def run_turn(ctx: Unit, payload: RunTurn) -> None:
    """Answer what a customer has written since the last answer."""
    started = await turn.start(ctx, payload.turn_id)
    if started is None:
        return
    conversation = await ctx.db.one(
        models.CONVERSATION, Conversation, conversation_id=started.conversation_id
    )
    if conversation is None:
        return
    agent_id = await ctx.client(AgentsClient).resolve(conversation.channel, conversation.account_id)
    if agent_id is None:
        turn.wait_for_agent(ctx, started)
        await turn.end_unanswered(ctx, started, conversation)
        return
    result = await turn.answer(ctx, started, conversation, agent_id)
    if conversation.agent_id != agent_id:
        await ctx.db.execute(models.SET_AGENT, conversation_id=conversation.id, agent=agent_id)
    await turn.finish(ctx, started, conversation, result)


RUN_TURN = Job("run_turn", run_turn, RunTurn)
