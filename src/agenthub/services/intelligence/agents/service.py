"""The manifest of agents."""

from pathlib import Path

from agenthub.contracts.agents import AgentCreated, AgentDeleted, AgentPublished, TurnFinished
from agenthub.contracts.channels import ChannelConnected
from agenthub.contracts.knowledge import KnowledgeClient
from agenthub.contracts.llm import LlmClient
from agenthub.contracts.organizations import OrganizationCreated
from agenthub.kit.service import Service
from agenthub.services.intelligence.agents import api, handlers, internal, jobs, models
from agenthub.services.intelligence.agents.settings import AgentsSettings

service = Service(
    name="agents",
    summary="Keeps every agent through its life and runs its turns: one message in, one grounded answer out.",
    folder=Path(__file__).parent,
    port=3005,
    prefixes=["/api/agents"],
    settings=AgentsSettings,
    tables=models.metadata,
    routes=[api.router],
    internal=internal.routes,
    publishes=[AgentCreated, AgentPublished, AgentDeleted, TurnFinished],
    subscribes={
        ChannelConnected: handlers.offer_binding,
        OrganizationCreated: handlers.offer_sample,
    },
    jobs=[jobs.MAKE_SAMPLE],
    calls=[KnowledgeClient, LlmClient],
)
