"""Agents, their versions, bindings and runs."""

import sqlalchemy as sa
from alembic import op

from agenthub.kit.db import Json, Timestamp
from agenthub.kit.db.migrate import enable_row_security

revision = "agents_0001"
down_revision = None
branch_labels = ("agents",)
depends_on = None


def _tenant() -> "sa.Column[str]":
    return sa.Column("organization_id", sa.Text, nullable=False, index=True)


def upgrade() -> None:
    op.create_table(
        "agents",
        _tenant(),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("owner_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("definition", Json, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("version_id", sa.Text),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("updated_at", Timestamp, nullable=False),
        sa.UniqueConstraint("slug", name="uq_agents_slug"),
    )
    op.create_table(
        "versions",
        _tenant(),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("agent_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("definition", Json, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("checksum", sa.Text, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.UniqueConstraint("agent_id", "number", name="uq_versions_number"),
    )
    op.create_table(
        "bindings",
        _tenant(),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("agent_id", sa.Text, nullable=False, index=True),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.UniqueConstraint("organization_id", "channel", "account_id", name="uq_bindings_account"),
    )
    _create_runs()
    for table in ("agents", "versions", "bindings", "runs"):
        enable_row_security(op, table)


def _create_runs() -> None:
    op.create_table(
        "runs",
        _tenant(),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("turn_id", sa.Text, nullable=False),
        sa.Column("agent_id", sa.Text, nullable=False),
        sa.Column("version_id", sa.Text, nullable=False),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("citations", Json, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("passages", sa.Integer, nullable=False),
        sa.Column("input_tokens", sa.Integer, nullable=False),
        sa.Column("output_tokens", sa.Integer, nullable=False),
        sa.Column("cost_nanos", sa.BigInteger, nullable=False),
        sa.Column("ms", sa.Integer, nullable=False),
        sa.Column("trace_id", sa.Text, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.UniqueConstraint("organization_id", "turn_id", name="uq_runs_turn"),
    )
    op.create_index("ix_runs_agent", "runs", ["agent_id", "id"])


def downgrade() -> None:
    for table in ("runs", "bindings", "versions", "agents"):
        op.drop_table(table)
