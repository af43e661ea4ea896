"""Bases, documents, passages and the lexical index."""

import sqlalchemy as sa
from alembic import op

from agenthub.kit.db import Json, Timestamp
from agenthub.kit.db.migrate import enable_row_security

revision = "knowledge_0001"
down_revision = None
branch_labels = ("knowledge",)
depends_on = None


LEXICAL = {
    "sqlite": (
        """
        CREATE TABLE lexical_bases (
            base_id TEXT PRIMARY KEY, passages INTEGER NOT NULL, stems INTEGER NOT NULL, grams INTEGER NOT NULL
        ) WITHOUT ROWID
        """,
    ),
    "postgresql": (
        """
        CREATE TABLE lexical_bases (
            base_id text PRIMARY KEY, passages bigint NOT NULL, stems bigint NOT NULL, grams bigint NOT NULL
        )
        """,
        """
        CREATE TABLE lexical_terms (
            base_id text NOT NULL, key bigint NOT NULL, holding integer NOT NULL, PRIMARY KEY (base_id, key)
        ) WITH (fillfactor = 70)
        """,
        """
        CREATE TABLE lexical_passages (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            base_id text NOT NULL, chunk_id text NOT NULL,
            keys bigint[] NOT NULL, counts smallint[] NOT NULL, stems integer NOT NULL, grams integer NOT NULL,
            UNIQUE (base_id, chunk_id)
        )
        """,
        "ALTER TABLE lexical_passages ALTER COLUMN keys SET STORAGE EXTERNAL",
        "CREATE INDEX lexical_passages_keys ON lexical_passages USING gin (keys) WITH (fastupdate = off)",
    ),
}


def upgrade() -> None:
    for statement in LEXICAL[op.get_bind().dialect.name]:
        op.execute(statement)
    _create_chunks()
    _create_documents()
    _create_knowledge_bases()


def _create_chunks() -> None:
    op.create_table(
        "chunks",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("knowledge_base_id", sa.Text, nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("section", Json, nullable=False),
        sa.Column("pages", Json, nullable=False),
    )
    op.create_index("ix_chunks_document", "chunks", ["document_id", "position"])
    enable_row_security(op, "chunks")


def _create_documents() -> None:
    op.create_table(
        "documents",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("knowledge_base_id", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("file_id", sa.Text),
        sa.Column("text", sa.Text),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("progress", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("chunks", sa.Integer, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("updated_at", Timestamp, nullable=False),
    )
    op.create_index("ix_documents_base", "documents", ["knowledge_base_id", "id"])
    op.create_index(
        "ux_documents_content", "documents", ["knowledge_base_id", "content_hash", "name"], unique=True
    )
    enable_row_security(op, "documents")


def _create_knowledge_bases() -> None:
    op.create_table(
        "knowledge_bases",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("created_at", Timestamp, nullable=False),
    )
    op.create_index("ux_knowledge_bases_name", "knowledge_bases", ["organization_id", "name"], unique=True)
    enable_row_security(op, "knowledge_bases")


def downgrade() -> None:
    for table in ("lexical_passages", "lexical_terms", "lexical_bases"):
        op.execute(f"DROP TABLE IF EXISTS {table}")
    for table in ("knowledge_bases", "documents", "chunks"):
        op.drop_table(table)
