"""Configured providers, and the metadata of requests."""

import sqlalchemy as sa
from alembic import op

from agenthub.kit.db import Timestamp
from agenthub.kit.db.migrate import enable_row_security

revision = "llm_0001"
down_revision = None
branch_labels = ("llm",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "providers",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("base_url", sa.Text, nullable=False),
        sa.Column("sealed_key", sa.LargeBinary),
        sa.Column("key_ending", sa.Text, nullable=False),
        sa.Column("output_limit_parameter", sa.Text, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("updated_at", Timestamp, nullable=False),
        sa.UniqueConstraint("organization_id", "name", name="uq_providers_name"),
    )
    op.create_table(
        "requests",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("agent_id", sa.Text),
        sa.Column("conversation_id", sa.Text),
        sa.Column("input_tokens", sa.Integer, nullable=False),
        sa.Column("output_tokens", sa.Integer, nullable=False),
        sa.Column("cost_nanos", sa.BigInteger, nullable=False),
        sa.Column("ms", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
    )
    op.create_index("ix_requests_created_at", "requests", ["created_at"])
    enable_row_security(op, "providers")
    enable_row_security(op, "requests")


def downgrade() -> None:
    op.drop_table("requests")
    op.drop_table("providers")
