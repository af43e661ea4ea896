"""The installation: its foundation, its services and their settings, checked before anything starts."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from agenthub.host.catalog import SERVICES, load as load_service, load_all
from agenthub.host.foundation import SECTION, Foundation, HostSettings
from agenthub.kit.service import NoSettings, Service
from agenthub.kit.settings import Source, load, refuse_unknown

PLAIN_VARIABLES = frozenset({"AGENTHUB_HOME", "AGENTHUB_MASTER_KEY", "AGENTHUB_CRASH_AT"})


@dataclass(frozen=True)
class Installation(Foundation):
    """A checked installation."""

    services: Sequence[Service]
    settings: dict[str, BaseModel]

    @property
    def public_url(self) -> str:
        return self.host.public_url.rstrip("/") or f"http://{self.host.bind}:{self.host.port}"


def complete(foundation: Foundation, services: Sequence[Service] | None = None) -> Installation:
    """Add the services; Misconfigured says in one line what is wrong with their settings.

    A choice of services is not asked whether the settings of the others are known.
    """
    if services is None:
        _check_given_sections(foundation.source)
    chosen = load_all() if services is None else services
    sections = {service.name: service.settings for service in chosen}
    source = foundation.source
    if services is None:
        refuse_unknown(source, {SECTION: HostSettings, **sections}, PLAIN_VARIABLES)
    return Installation(
        home=foundation.home,
        host=foundation.host,
        source=source,
        master=foundation.master,
        services=chosen,
        settings={name: load(model, name, source) for name, model in sections.items()},
    )


def _check_given_sections(source: Source) -> None:
    """Tell a mistake in the settings file after importing only the services that it names."""
    refuse_unknown(
        Source({}, source.file, source.file_name),
        dict.fromkeys((SECTION, *SERVICES), NoSettings),
        frozenset(),
    )
    for name in SERVICES.keys() & source.file.keys():
        load(load_service(name).settings, name, source)
