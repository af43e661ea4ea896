"""The tables of knowledge and the shapes of their rows."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Column, Index, Integer, MetaData, Text

from agenthub.kit.db import Json, Timestamp, tenant_table
from agenthub.kit.db.columns import TENANT_COLUMN

metadata = MetaData()

bases = tenant_table(
    "knowledge_bases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("language", Text),
    Column("created_at", Timestamp, nullable=False),
    Index("ux_knowledge_bases_name", TENANT_COLUMN, "name", unique=True),
)

documents = tenant_table(
    "documents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("knowledge_base_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("file_id", Text),
    Column("text", Text),
    Column("content_hash", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("progress", Integer, nullable=False),
    Column("reason", Text),
    Column("version", Integer, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
    Index("ix_documents_base", "knowledge_base_id", "id"),
    Index("ux_documents_content", "knowledge_base_id", "content_hash", "name", unique=True),
)

chunks = tenant_table(
    "chunks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("knowledge_base_id", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("section", Json, nullable=False),
    Column("pages", Json, nullable=False),
    Column("sections", Json, nullable=False, server_default="[]"),
    Index("ix_chunks_document", "document_id", "position"),
)


class Base(msgspec.Struct, frozen=True, kw_only=True):
    organization_id: str
    id: str
    name: str
    language: str | None
    created_at: datetime


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: queued, parsing, embedding, indexed or failed; `progress` in percent."""

    organization_id: str
    id: str
    knowledge_base_id: str
    title: str
    name: str
    media_type: str
    file_id: str | None
    text: str | None
    content_hash: str
    state: str
    progress: int
    reason: str | None
    version: int
    chunks: int
    created_at: datetime
    updated_at: datetime


class ChunkRow(msgspec.Struct, frozen=True, kw_only=True):
    """`pages` holds [offset, page] for each page that the text touches, `sections` [offset, path] likewise.

    `sections` is empty where no heading stands above, and for passages made before it was kept.
    """

    organization_id: str
    id: str
    knowledge_base_id: str
    document_id: str
    version: int
    position: int
    text: str
    tokens: int
    section: list[str]
    pages: list[list[int]]
    sections: list[tuple[int, tuple[str, ...]]]


class ChunkOfDocument(ChunkRow, frozen=True, kw_only=True):
    """A passage with what is to be shown of its document."""

    title: str
    file_id: str | None


class IndexDocument(msgspec.Struct, frozen=True, kw_only=True):
    document_id: str


class ForgetVectors(msgspec.Struct, frozen=True, kw_only=True):
    knowledge_base_id: str
    chunk_ids: list[str]


Values = dict[str, Any]
