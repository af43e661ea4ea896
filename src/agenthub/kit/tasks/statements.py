"""The statements of the task queue, compiled once."""

from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, delete, func, literal_column, or_, select, update

from agenthub.kit.db.expressions import any_of, upsert
from agenthub.kit.db.tables import tasks
from agenthub.kit.tasks.model import HOLDS_UP_ATTEMPTS

_t = tasks.c
_earlier = tasks.alias("earlier")
_e = _earlier.c
_names = (
    "id",
    "kind",
    "name",
    "order_key",
    "organization_id",
    "payload",
    "origin",
    "state",
    "run_at",
    "attempts",
    "fence",
    "created_at",
)

ADD = (
    upsert(tasks)
    .values({name: bindparam(name) for name in _names})
    .on_conflict_do_nothing(index_elements=["id"])
)


def _open(columns: Any) -> ColumnElement[bool]:
    """Neither done nor dead, said word for word as the partial indexes say it: SQLite compares the text."""
    found: ColumnElement[bool] = columns.state.in_([literal_column("'waiting'"), literal_column("'leased'")])
    return found


# An earlier task of the same key holds this one up while somebody works on it or while it waits for one
# of its first tries.
_held_up = (
    select(_e.seq)
    .where(
        _open(_e),
        _e.order_key == _t.order_key,
        _e.seq < _t.seq,
        _e.run_at > bindparam("now"),
        or_(_e.state == "leased", _e.attempts < HOLDS_UP_ATTEMPTS),
    )
    .exists()
)
_due = (
    select(_t.seq)
    .where(_open(_t), _t.kind == bindparam("of_kind"), _t.run_at <= bindparam("now"))
    .where(or_(_t.order_key.is_(None), ~_held_up))
    .order_by(_t.seq)
    .limit(bindparam("up_to"))
)
CLAIM = (
    update(tasks)
    .where(_t.seq.in_(_due))
    .values(
        state="leased",
        holder=bindparam("me"),
        run_at=bindparam("until"),
        fence=_t.fence + 1,
        # A lease that ended by itself was a try: its process died or hung.
        attempts=_t.attempts + case((_t.state == "leased", 1), else_=0),
    )
    .returning(
        *(
            _t[name]
            for name in [
                "seq",
                "id",
                "kind",
                "name",
                "order_key",
                "organization_id",
                "payload",
                "origin",
                "attempts",
                "fence",
            ]
        )
    )
)
_mine = and_(_t.seq == bindparam("which"), _t.fence == bindparam("my_fence"), _t.state == "leased")
FINISH = update(tasks).where(_mine).values(state="done", finished_at=bindparam("now"), holder=None)
FAIL = (
    update(tasks)
    .where(_mine)
    .values(
        state=bindparam("new_state"),
        attempts=bindparam("tried"),
        run_at=bindparam("again_at"),
        reason=bindparam("why"),
        holder=None,
        finished_at=bindparam("ended_at"),
    )
)
RENEW = update(tasks).where(_mine).values(run_at=bindparam("until"))
GIVE_BACK = update(tasks).where(_mine).values(state="waiting", holder=None, run_at=bindparam("now"))
EXPIRE_MINE = (
    update(tasks)
    .where(_open(_t), _t.state == "leased", _t.holder == bindparam("me"))
    .values(run_at=bindparam("now"))
)
NEXT_DUE = select(func.min(_t.run_at)).where(_open(_t), _t.kind == bindparam("of_kind"))
PRUNE = delete(tasks).where(_t.state == "done", _t.finished_at < bindparam("before"))
DEAD = select(_t.seq, _t.id, _t.name, _t.reason, _t.attempts, _t.organization_id).where(_t.state == "dead")
REQUEUE = (
    update(tasks)
    .where(_t.state == "dead", any_of(_t.id, "ids"))
    .values(state="waiting", attempts=0, run_at=bindparam("now"), finished_at=None)
)
COUNT_OPEN = select(func.count()).select_from(tasks).where(_open(_t))
COUNT_DUE = (
    select(func.count())
    .select_from(tasks)
    .where(_open(_t), or_(_t.state == "leased", _t.run_at <= bindparam("now")))
    .where(or_(_t.order_key.is_(None), _t.state == "leased", ~_held_up))
)
