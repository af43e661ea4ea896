"""The services there are; adding one is adding its line here."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agenthub.kit.events import Event
    from agenthub.kit.service import Service

SERVICES: Mapping[str, str] = {
    "gateway": "agenthub.services.core.gateway.service",
    "auth": "agenthub.services.core.auth.service",
    "organizations": "agenthub.services.core.organizations.service",
    "agents": "agenthub.services.intelligence.agents.service",
    "llm": "agenthub.services.intelligence.llm.service",
    "knowledge": "agenthub.services.intelligence.knowledge.service",
    "embeddings": "agenthub.services.intelligence.embeddings.service",
    "files": "agenthub.services.intelligence.files.service",
    "conversations": "agenthub.services.communication.conversations.service",
    "webchat": "agenthub.services.communication.webchat.service",
}


def load(name: str) -> "Service":
    """The manifest of one service; nothing of any other service is imported."""
    service: Service = import_module(SERVICES[name]).service
    return service


def load_all() -> list["Service"]:
    """Every manifest, in the order of the catalogue."""
    return [load(name) for name in SERVICES]


def event_kinds(services: Iterable["Service"]) -> dict[str, "type[Event]"]:
    """Every event that these services publish or hear, by topic."""
    return {event.topic: event for service in services for event in (*service.publishes, *service.subscribes)}


def routing_table(services: Iterable["Service"]) -> dict[str, str]:
    """Which service a prefix belongs to; two claims on one prefix are a ValueError with both names."""
    table: dict[str, str] = {}
    for service in services:
        for prefix in service.prefixes:
            if prefix in table:
                raise ValueError(f"{prefix} is claimed by {table[prefix]} and by {service.name}")
            table[prefix] = service.name
    return table
