"""The manifest of web chat."""

from pathlib import Path

from agenthub.contracts.agents import AgentPublished
from agenthub.contracts.channels import ChannelConnected, DeliveryChanged, MessageReceived
from agenthub.contracts.conversations import ConversationsClient, ReplyReady
from agenthub.kit.service import Service, every
from agenthub.services.communication.webchat import api, connect, handlers, jobs, models, pages
from agenthub.services.communication.webchat.settings import WebchatSettings

service = Service(
    name="webchat",
    summary="Puts a chat on any website, streams answers live and survives bad networks.",
    folder=Path(__file__).parent,
    port=3016,
    prefixes=["/api/webchat", "/widget", "/chat"],
    settings=WebchatSettings,
    tables=models.metadata,
    routes=[api.router, connect.router, pages.router],
    publishes=[MessageReceived, DeliveryChanged, ChannelConnected],
    subscribes={AgentPublished: handlers.refresh_agent, ReplyReady: handlers.deliver},
    schedules=[every("forget_old_events", jobs.forget_old_events, hours=1)],
    calls=[ConversationsClient],
)
