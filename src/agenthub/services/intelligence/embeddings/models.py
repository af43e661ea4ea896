"""The tables of embeddings, the shapes of their rows and the statements on them."""

from datetime import datetime

import msgspec
from sqlalchemy import Column, Index, Integer, MetaData, Text, bindparam, delete, select

from agenthub.kit.db import Timestamp, tenant_table, upsert
from agenthub.kit.db.columns import TENANT_COLUMN

metadata = MetaData()

collections = tenant_table(
    "collections",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("dimensions", Integer, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Index("ux_collections_name", TENANT_COLUMN, "name", unique=True),
)


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    organization_id: str
    id: str
    name: str
    model: str
    dimensions: int
    created_at: datetime


COLLECTION = select(collections).where(collections.c.name == bindparam("name"))
COLLECTIONS = select(collections).order_by(collections.c.id)
FORGET = delete(collections).where(collections.c.id == bindparam("collection_id"))
MAKE = (
    upsert(collections)
    .values(
        id=bindparam("id"),
        name=bindparam("name"),
        model=bindparam("model"),
        dimensions=bindparam("dimensions"),
        created_at=bindparam("created_at"),
    )
    .on_conflict_do_nothing()
)
