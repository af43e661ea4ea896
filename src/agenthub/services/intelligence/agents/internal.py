"""What agents answers to other services."""

from agenthub.contracts.agents import Resolved, ResolveQuestion, TurnRequest
from agenthub.kit.app.internal import InternalRoute
from agenthub.services.intelligence.agents.logic import bindings
from agenthub.services.intelligence.agents.logic.drafts import Ctx
from agenthub.services.intelligence.agents.logic.turns import take_turn


async def resolve(ctx: Ctx, question: ResolveQuestion) -> Resolved:
    """The agent that answers on a channel account."""
    return Resolved(agent_id=await bindings.resolve(ctx, question.channel, question.account_id))


routes = [
    InternalRoute("/internal/agents/turns", take_turn, TurnRequest, streams=True),
    InternalRoute("/internal/agents/resolve", resolve, ResolveQuestion),
]
