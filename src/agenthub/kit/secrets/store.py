"""An organization's secrets in the rows of a service's own database."""

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import bindparam, select

from agenthub.kit.db.tables import data_keys
from agenthub.kit.secrets.envelope import (
    DataKey,
    Envelope,
    Place,
    Undecipherable,
    WrappedKey,
    key_id_of,
    seal,
    unseal,
)

if TYPE_CHECKING:
    from agenthub.kit.context import Context

_MASTER_ID_BYTES = 8
_COLUMNS = (data_keys.c.key_id, data_keys.c.organization_id, data_keys.c.wrapped)
_IN_FORCE = (
    select(*_COLUMNS)
    .where(data_keys.c.organization_id == bindparam("owner"), data_keys.c.retired_at.is_(None))
    .order_by(data_keys.c.created_at, data_keys.c.key_id)
    .limit(1)
)
_BY_ID = select(*_COLUMNS).where(
    data_keys.c.key_id == bindparam("key_id"), data_keys.c.organization_id == bindparam("owner")
)


class _KeyRow(msgspec.Struct, frozen=True):
    key_id: str
    organization_id: str
    wrapped: bytes


async def seal_secret(ctx: "Context[Any]", secret: str, *, table: str, column: str, row: str) -> bytes:
    """Sealed for this cell alone, under the organization's data key, which is made with its first secret."""
    key = await _key_in_force(ctx)
    return seal(key, secret.encode(), Place(ctx.organization_id, table, column, row))


async def open_secret(ctx: "Context[Any]", sealed: bytes, *, table: str, column: str, row: str) -> str:
    """What was sealed for this cell; Undecipherable when it is not this organization's or was moved."""
    found = await ctx.db.one(_BY_ID, _KeyRow, key_id=key_id_of(sealed), owner=ctx.organization_id)
    if found is None:
        raise Undecipherable("The key of a stored secret is missing. Enter the secret again.")
    place = Place(ctx.organization_id, table, column, row)
    return unseal(_unwrapped(ctx, found), sealed, place).decode()


async def _key_in_force(ctx: "Context[Any]") -> DataKey:
    await ctx.db.lock()
    found = await ctx.db.one(_IN_FORCE, _KeyRow, owner=ctx.organization_id)
    if found is not None:
        return _unwrapped(ctx, found)
    envelope = Envelope(ctx.runtime.ports.master)
    made = envelope.new_data_key(ctx.organization_id)
    row = _KeyRow(made.id, made.organization_id, bytes.fromhex(made.master_id) + made.ciphertext)
    await ctx.db.insert(
        data_keys, {**msgspec.structs.asdict(row), "created_at": ctx.now(), "retired_at": None}
    )
    return envelope.unwrap(made)


def _unwrapped(ctx: "Context[Any]", row: _KeyRow) -> DataKey:
    master_id, ciphertext = row.wrapped[:_MASTER_ID_BYTES].hex(), row.wrapped[_MASTER_ID_BYTES:]
    wrapped = WrappedKey(row.key_id, row.organization_id, master_id, ciphertext)
    return Envelope(ctx.runtime.ports.master).unwrap(wrapped)
