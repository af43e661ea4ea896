"""The statements of agents, compiled once."""

from typing import Any

import msgspec
from sqlalchemy import Table, bindparam, delete, func, select, update

from agenthub.kit.db import upsert
from agenthub.services.intelligence.agents.models import (
    AgentRow,
    RunRow,
    VersionRow,
    agents,
    bindings,
    runs,
    versions,
)


def _columns(table: Table, row: type[msgspec.Struct]) -> list[Any]:
    return [table.c[name] for name in row.__struct_fields__]


_AGENT = select(*_columns(agents, AgentRow))
AGENT = _AGENT.where(agents.c.id == bindparam("agent_id"))
AGENTS_BEFORE = (
    _AGENT.where(agents.c.id < bindparam("before")).order_by(agents.c.id.desc()).limit(bindparam("up_to"))
)
SLUG_OWNER = select(agents.c.id).where(agents.c.slug == bindparam("slug"))
SAVE_DRAFT = (
    update(agents)
    .where(agents.c.id == bindparam("agent_id"), agents.c.revision == bindparam("read_revision"))
    .values(
        name=bindparam("new_name"),
        slug=bindparam("new_slug"),
        definition=bindparam("new_definition", type_=agents.c.definition.type),
        revision=agents.c.revision + 1,
        updated_at=bindparam("now"),
    )
)
RELEASE = (
    update(agents)
    .where(agents.c.id == bindparam("agent_id"))
    .values(version_id=bindparam("new_version"), state="published", updated_at=bindparam("now"))
)
REMOVE_AGENT = delete(agents).where(agents.c.id == bindparam("agent_id"))
REMOVE_VERSIONS = delete(versions).where(versions.c.agent_id == bindparam("agent_id"))
REMOVE_BINDINGS = delete(bindings).where(bindings.c.agent_id == bindparam("agent_id"))

_VERSION = select(*_columns(versions, VersionRow))
VERSIONS = _VERSION.where(versions.c.agent_id == bindparam("agent_id")).order_by(versions.c.number.desc())
VERSION = _VERSION.where(
    versions.c.agent_id == bindparam("agent_id"), versions.c.id == bindparam("version_id")
)
VERSION_BY_NUMBER = _VERSION.where(
    versions.c.agent_id == bindparam("agent_id"), versions.c.number == bindparam("number")
)
LAST_NUMBER = select(func.max(versions.c.number).label("number")).where(
    versions.c.agent_id == bindparam("agent_id")
)

BIND = (
    upsert(bindings)
    .values(
        id=bindparam("id"),
        agent_id=bindparam("agent_id"),
        channel=bindparam("channel"),
        account_id=bindparam("account_id"),
        created_at=bindparam("created_at"),
    )
    .on_conflict_do_nothing(index_elements=["organization_id", "channel", "account_id"])
)
RESOLVE = (
    select(agents.c.id)
    .select_from(bindings.join(agents, agents.c.id == bindings.c.agent_id))
    .where(
        bindings.c.channel == bindparam("channel"),
        bindings.c.account_id == bindparam("account_id"),
        agents.c.version_id.is_not(None),
    )
)

_RUN = select(*_columns(runs, RunRow))
RUN_OF_TURN = _RUN.where(runs.c.turn_id == bindparam("turn_id"))
RUNS_BEFORE = (
    _RUN.where(runs.c.agent_id == bindparam("agent_id"), runs.c.id < bindparam("before"))
    .order_by(runs.c.id.desc())
    .limit(bindparam("up_to"))
)
_KEPT = upsert(runs).values({name: bindparam(name) for name in RunRow.__struct_fields__})
KEEP_RUN = _KEPT.on_conflict_do_update(
    index_elements=["organization_id", "turn_id"],
    # A turn that was broken off may be answered after all; one that was answered stays as it is.
    where=runs.c.outcome == "aborted",
    set_={
        name: _KEPT.excluded[name]
        for name in RunRow.__struct_fields__
        if name not in {"id", "turn_id", "created_at"}
    },
)
