"""What the manifests say, as rows: printed by the command line and rendered into the reference."""

import inspect
from collections.abc import Sequence
from typing import Any

from agenthub.host.catalog import event_kinds, load_all
from agenthub.host.foundation import SECTION
from agenthub.host.installation import Installation
from agenthub.kit.redaction import redact
from agenthub.kit.service import Service
from agenthub.kit.settings import describe


def service_rows(services: Sequence[Service] | None = None) -> list[dict[str, Any]]:
    """One row a service, all its manifest names."""
    return [
        {
            "name": service.name,
            "summary": service.summary,
            "port": service.port,
            "prefixes": list(service.prefixes),
            "publishes": [event.topic for event in service.publishes],
            "hears": [event.topic for event in service.subscribes],
            "calls": [client.service for client in service.calls],
            "tables": sorted(service.tables.tables),
            "jobs": [job.name for job in service.jobs],
            "schedules": [schedule.name for schedule in service.schedules],
        }
        for service in (load_all() if services is None else services)
    ]


def event_rows(services: Sequence[Service] | None = None) -> list[dict[str, Any]]:
    """One row an event, by topic."""
    chosen = load_all() if services is None else services
    return [
        {
            "topic": topic,
            "event": kind.__name__,
            "says": inspect.cleandoc(kind.__doc__ or ""),
            "fields": list(kind.__struct_fields__),
            "ordered_by": kind.ordered_by,
            "publishers": [service.name for service in chosen if kind in service.publishes],
            "subscribers": [service.name for service in chosen if kind in service.subscribes],
        }
        for topic, kind in sorted(event_kinds(chosen).items())
    ]


def setting_rows(installation: Installation) -> list[dict[str, Any]]:
    """One row a setting with its value in force, secrets masked."""
    sections = {SECTION: installation.host, **installation.settings}
    return [
        {
            "name": setting.name,
            "value": _shown(setting.name, setting.value),
            "default": _shown(setting.name, setting.default),
            "kind": setting.kind,
            "bounds": setting.bounds,
            "variable": setting.variable,
            "description": setting.description,
        }
        for section, model in sections.items()
        for setting in describe(model, section)
    ]


def _shown(name: str, value: Any) -> Any:
    """Empty secrets are shown as empty: whether one is set is no secret."""
    return redact({name: value})[name] if value not in ("", None) else value
