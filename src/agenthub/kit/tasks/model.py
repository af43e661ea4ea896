"""The row of a task, and the order in which it is tried again."""

from datetime import datetime
from typing import Any

import msgspec

BACKOFF_SECONDS = (1, 10, 60, 600, 3600)
MAX_ATTEMPTS = 5
HOLDS_UP_ATTEMPTS = 3
DEPENDENCY_PAUSE_SECONDS = 2.0


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a unit of work comes from: it travels with events, jobs and calls."""

    request_id: str
    trace_id: str
    actor: str = "-"


class TaskRow(msgspec.Struct, frozen=True, kw_only=True):
    """A task as it is queued."""

    id: str
    kind: str
    name: str
    payload: bytes
    origin: Any
    run_at: datetime
    created_at: datetime
    order_key: str | None = None
    organization_id: str | None = None
    state: str = "waiting"
    attempts: int = 0
    fence: int = 0

    def values(self) -> dict[str, Any]:
        """The columns, as statement parameters."""
        return msgspec.structs.asdict(self)


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A task that this process holds until its lease ends."""

    seq: int
    id: str
    kind: str
    name: str
    order_key: str | None
    organization_id: str | None
    payload: bytes
    origin: Any
    attempts: int
    fence: int

    def origin_of(self) -> Origin:
        return msgspec.convert(self.origin, Origin)
