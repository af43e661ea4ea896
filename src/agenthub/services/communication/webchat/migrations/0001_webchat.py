"""Accounts, visitors and the log of each thread."""

import sqlalchemy as sa
from alembic import op

from agenthub.kit.db import Json, Timestamp
from agenthub.kit.db.migrate import enable_row_security

revision = "webchat_0001"
down_revision = None
branch_labels = ("webchat",)
depends_on = None


def upgrade() -> None:
    _create_accounts()
    _create_channel_events()
    _create_visitors()


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("slug", sa.Text, nullable=False, unique=True),
        sa.Column("agent_id", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("greeting", sa.Text, nullable=False),
        sa.Column("suggestions", Json, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
    )
    enable_row_security(op, "accounts")


def _create_channel_events() -> None:
    op.create_table(
        "channel_events",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("thread", sa.Text, primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("payload", Json, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
    )
    op.create_index("ix_channel_events_created", "channel_events", ["created_at"])
    op.create_index("ux_channel_events_key", "channel_events", ["thread", "key"], unique=True)
    enable_row_security(op, "channel_events")


def _create_visitors() -> None:
    op.create_table(
        "visitors",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("thread", sa.Text, nullable=False, unique=True),
        sa.Column("token_hash", sa.Text, nullable=False, unique=True),
        sa.Column("locale", sa.Text),
        sa.Column("last_seq", sa.Integer, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
    )
    enable_row_security(op, "visitors")


def downgrade() -> None:
    for table in (
        "visitors",
        "channel_events",
        "accounts",
    ):
        op.drop_table(table)
