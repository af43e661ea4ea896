"""A manifest names all that its service touches, and nothing that is not there."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute

from agenthub.contracts.permissions import PERMISSIONS
from agenthub.host.catalog import SERVICES, event_kinds, load, load_all, routing_table
from agenthub.kit.app.routes import UnitOfWorkRoute
from agenthub.kit.auth.access import KEY
from agenthub.kit.db import tables as kit_tables
from agenthub.kit.db.columns import SCOPE
from agenthub.kit.db.migrate import (
    differences,
    migrate_postgres,
    migrate_sqlite,
    on_postgres,
    sqlite_connection,
)
from agenthub.kit.events import Event
from agenthub.kit.service import Service
from tests.architecture.source import ROOT, sources

ALL = load_all()
EVENTS = event_kinds(ALL)
each_service = pytest.mark.parametrize("service", ALL, ids=[service.name for service in ALL])
each_event = pytest.mark.parametrize("event", EVENTS.values(), ids=list(EVENTS))


def clients_used(service: Service) -> Iterator[Any]:
    """The contracts' clients that the service's source imports."""
    for source in sources(str(service.folder.relative_to(ROOT))):
        for module, name in source.imports():
            if module.startswith("agenthub.contracts.") and name.endswith("Client"):
                yield getattr(import_module(module), name)


def routes_of(service: Service) -> Iterator[Any]:
    for router in service.routes:
        yield from router.routes


def test_names_ports_and_prefixes_are_claimed_once() -> None:
    assert [service.name for service in ALL] == list(SERVICES)
    assert len({service.port for service in ALL}) == len(ALL)
    assert len(routing_table(ALL)) == sum(len(service.prefixes) for service in ALL)


@each_service
def test_a_service_is_where_its_name_says(service: Service) -> None:
    assert service.folder.name == service.name
    assert (service.folder / "__init__.py").read_text(encoding="utf-8").startswith('"""')
    assert service.summary.endswith(".")


@each_service
def test_calls_are_exactly_the_clients_that_the_source_uses(service: Service) -> None:
    assert set(service.calls) == set(clients_used(service))
    assert service.name not in {client.service for client in service.calls}


@each_service
def test_every_route_says_who_may_call_it_and_lies_under_a_prefix(service: Service) -> None:
    for route in routes_of(service):
        assert isinstance(route, UnitOfWorkRoute | APIWebSocketRoute), route
        assert any(
            route.path == prefix or route.path.startswith(f"{prefix}/") for prefix in service.prefixes
        ), route.path
        if isinstance(route, APIRoute):
            rule = (route.openapi_extra or {})[KEY]
            assert rule in {"public", "signed-in"} | PERMISSIONS.keys(), f"{route.path}: {rule}"


@each_service
def test_internal_routes_are_named_for_their_service(service: Service) -> None:
    paths = [route.path for route in service.internal]
    assert len(set(paths)) == len(paths)
    assert [path for path in paths if not path.startswith(f"/internal/{service.name}/")] == []


@each_service
def test_every_setting_is_described(service: Service) -> None:
    assert [name for name, field in service.settings.model_fields.items() if not field.description] == []


@each_event
def test_an_event_is_declared_in_the_contract_that_its_topic_names(event: type[Event]) -> None:
    package, _, owner = event.__module__.rpartition(".")
    assert package == "agenthub.contracts"
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", event.__name__).lower()
    assert event.topic == f"{owner}.{snake}"
    assert event.ordered_by in event.__struct_fields__


@each_event
def test_an_event_says_what_happened_and_how_often_it_is_published(event: type[Event]) -> None:
    assert re.search(r"published|once", event.__doc__ or "")


@each_event
def test_what_is_heard_is_published_by_somebody(event: type[Event]) -> None:
    publishers = [service.name for service in ALL if event in service.publishes]
    hearers = [service.name for service in ALL if event in service.subscribes]
    owner = event.topic.partition(".")[0]
    assert publishers or not hearers or owner not in SERVICES


@pytest.mark.parametrize("name", SERVICES)
def test_the_migrated_schema_is_what_the_models_say_on_sqlite(name: str, tmp_path: Path) -> None:
    service = load(name)
    path = tmp_path / f"{name}.db"
    migrate_sqlite(path, name, service.versions)
    with sqlite_connection(path) as connection:
        assert differences(connection, [service.tables, kit_tables.metadata], service.unmanaged_tables) == []


@pytest.mark.parametrize("name", SERVICES)
async def test_the_migrated_schema_is_what_the_models_say_on_postgres(name: str, postgres: Any) -> None:
    service = load(name)
    url = await postgres.new_database()
    await migrate_postgres(url, service.versions)
    found = await on_postgres(
        url,
        lambda connection: differences(
            connection, [service.tables, kit_tables.metadata], service.unmanaged_tables
        ),
    )
    assert found == []


@pytest.mark.parametrize("name", SERVICES)
async def test_rows_of_organizations_have_their_second_lock(name: str, postgres: Any) -> None:
    import asyncpg

    service = load(name)
    tenant = {table.name for table in service.tables.tables.values() if table.info[SCOPE] == "organization"}
    url = await postgres.new_database()
    await migrate_postgres(url, service.versions)
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
        )
    finally:
        await connection.close()
    assert {row["relname"] for row in rows} >= tenant
