"""The manifest of conversations."""

from pathlib import Path

from agenthub.contracts.agents import AgentsClient
from agenthub.contracts.channels import DeliveryChanged, MessageReceived
from agenthub.contracts.conversations import ContactCreated, ConversationStarted, MessageAdded, ReplyReady
from agenthub.kit.service import Service
from agenthub.services.communication.conversations import api, handlers, internal, jobs, models
from agenthub.services.communication.conversations.settings import ConversationsSettings

service = Service(
    name="conversations",
    summary="Holds every conversation with every customer and decides who answers.",
    folder=Path(__file__).parent,
    port=3010,
    prefixes=["/api/conversations", "/api/contacts"],
    settings=ConversationsSettings,
    tables=models.metadata,
    routes=[api.router],
    internal=internal.routes,
    publishes=[ContactCreated, ConversationStarted, MessageAdded, ReplyReady],
    subscribes={MessageReceived: handlers.take_message, DeliveryChanged: handlers.record_delivery},
    jobs=[jobs.RUN_TURN],
    calls=[AgentsClient],
)
