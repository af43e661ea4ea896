"""The manifest of the gateway."""

from pathlib import Path

from agenthub.kit.service import Service
from agenthub.services.core.gateway import api
from agenthub.services.core.gateway.settings import GatewaySettings

service = Service(
    name="gateway",
    summary="The single entrance: brings every outside request to the service that answers it.",
    folder=Path(__file__).parent,
    port=8000,
    prefixes=["/api/gateway"],
    settings=GatewaySettings,
    routes=[api.router],
)
