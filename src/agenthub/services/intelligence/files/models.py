"""The tables of files, the shapes of their rows and the statements on them."""

from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, Column, Index, MetaData, Text, bindparam, delete, func, select, update

from agenthub.kit.db import Timestamp, tenant_table

metadata = MetaData()

UPLOADING = "uploading"
READY = "ready"

files = tenant_table(
    "files",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("declared_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("blob_key", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Index("ix_files_sha256", "organization_id", "sha256"),
    Index("ix_files_blob_key", "blob_key"),
    Index("ix_files_state", "state", "created_at"),
)

links = tenant_table(
    "links",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("file_id", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    Index("ix_links_file", "file_id"),
    Index("ix_links_expiry", "expires_at"),
)


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """While `state` is uploading, only id, blob_key and who and when are known."""

    organization_id: str
    id: str
    state: str
    name: str
    purpose: str
    media_type: str
    declared_type: str
    size: int
    sha256: str
    blob_key: str
    created_by: str
    created_at: datetime


class LinkRow(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever brings the token whose SHA-256 this is may read the file until then."""

    organization_id: str
    token_hash: str
    file_id: str
    created_by: str
    expires_at: datetime


_ready = select(files).where(files.c.state == READY)

FILE = _ready.where(files.c.id == bindparam("file_id"))
# Newest first: ids sort by time.
PAGE = _ready.where(files.c.id < bindparam("before")).order_by(files.c.id.desc()).limit(bindparam("limit"))
PAGE_OF_PURPOSE = (
    _ready.where(files.c.id < bindparam("before"), files.c.purpose == bindparam("for_purpose"))
    .order_by(files.c.id.desc())
    .limit(bindparam("limit"))
)
# Locked, so that its bytes cannot be removed before the new file counts as their holder too.
TWIN = _ready.where(files.c.sha256 == bindparam("digest")).limit(1).with_for_update()
HOLDERS = select(func.count()).select_from(files).where(files.c.blob_key == bindparam("key"))
FINISH = (
    update(files)
    .where(files.c.id == bindparam("file_id"), files.c.state == UPLOADING)
    .values(
        state=READY,
        name=bindparam("new_name"),
        purpose=bindparam("new_purpose"),
        media_type=bindparam("true_type"),
        declared_type=bindparam("said_type"),
        size=bindparam("new_size"),
        sha256=bindparam("digest"),
        blob_key=bindparam("key"),
    )
)
REMOVE = delete(files).where(files.c.id == bindparam("file_id"), files.c.state == READY)
FORGET = delete(files).where(files.c.id == bindparam("file_id"), files.c.state == UPLOADING)
STALE = (
    select(files)
    .where(files.c.state == UPLOADING, files.c.created_at < bindparam("before"))
    .order_by(files.c.created_at)
    .limit(bindparam("limit"))
)
LINK = select(links).where(
    links.c.token_hash == bindparam("token_hash"), links.c.expires_at > bindparam("now")
)
REVOKE_LINKS = delete(links).where(links.c.file_id == bindparam("file_id"))
PRUNE_LINKS = delete(links).where(links.c.expires_at <= bindparam("now"))
