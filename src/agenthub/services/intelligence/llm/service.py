"""The manifest of llm."""

from pathlib import Path

from agenthub.contracts.llm import CompletionFinished
from agenthub.kit.service import Service, daily
from agenthub.services.intelligence.llm import api, internal, jobs, models, openai_api
from agenthub.services.intelligence.llm.logic.connections import Connections, open_connections
from agenthub.services.intelligence.llm.settings import LlmSettings

service = Service(
    name="llm",
    summary="One door to every language model: the same request and the same stream, whoever the provider.",
    folder=Path(__file__).parent,
    port=3006,
    prefixes=["/api/llm", "/v1"],
    settings=LlmSettings,
    tables=models.metadata,
    routes=[api.router, openai_api.router],
    internal=internal.routes,
    publishes=[CompletionFinished],
    schedules=[daily("forget_old_requests", jobs.forget_old_requests, at="03:10")],
    resources={Connections: open_connections},
)
