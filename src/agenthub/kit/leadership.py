"""Who of several replicas does what only one may do."""

from abc import ABC, abstractmethod
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select

from agenthub.kit.db.expressions import upsert
from agenthub.kit.db.session import Session
from agenthub.kit.db.tables import leases

if TYPE_CHECKING:
    from agenthub.kit.runtime import Runtime

_NAMES = ("name", "holder", "until", "fence")
_insert = upsert(leases).values({name: bindparam(name) for name in _NAMES})
_TAKE = _insert.on_conflict_do_update(
    index_elements=["name"],
    set_={
        "holder": _insert.excluded.holder,
        "until": _insert.excluded.until,
        "fence": leases.c.fence + 1,
    },
    where=or_(leases.c.holder == _insert.excluded.holder, leases.c.until < bindparam("now")),
).returning(leases.c.fence)


class Leadership(ABC):
    """Tells a replica whether it is the one."""

    @abstractmethod
    async def holds(self, duty: str) -> bool:
        """Whether this replica has the duty now; asking renews it."""

    @abstractmethod
    async def serialize(self, db: Session, name: str) -> None:
        """Make other units, of other replicas too, wait here until this one ends."""


class SoleProcess(Leadership):
    """One process owns the database file, so it has every duty."""

    async def holds(self, duty: str) -> bool:  # noqa: ARG002  all of them
        return True

    async def serialize(self, db: Session, name: str) -> None:
        await _one_after_another(db, name)


class TableLease(Leadership):
    """A row per duty in the service's own database, held for some seconds at a time."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self._until: dict[str, Any] = {}

    async def holds(self, duty: str) -> bool:
        ports = self._runtime.ports
        now = ports.clock.now()
        span = timedelta(seconds=ports.lease_seconds)
        known = self._until.get(duty)
        if known is not None and known - now > span / 2:
            return True
        async with self._runtime.own_unit() as ctx:
            fence = await ctx.db.scalar(
                _TAKE, name=duty, holder=ports.replica, until=now + span, fence=1, now=now
            )
        self._until[duty] = now + span if fence is not None else None
        return fence is not None

    async def serialize(self, db: Session, name: str) -> None:
        await _one_after_another(db, name)


async def _one_after_another(db: Session, name: str) -> None:
    await db.lock()
    # SQLite has one writer at a time; PostgreSQL has many, of one process too.
    if db.database.dialect.name == "postgresql":
        await db.scalar(select(func.pg_advisory_xact_lock(func.hashtext(name))))
