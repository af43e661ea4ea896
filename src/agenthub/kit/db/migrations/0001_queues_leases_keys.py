"""Outbox, tasks, leases and data keys: what the kit keeps in every service's database."""

import sqlalchemy as sa
from alembic import op

from agenthub.kit.db import Json, Timestamp

revision = "kit_0001"
down_revision = None
branch_labels = ("kit",)
depends_on = None

SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("state IN ('waiting', 'leased')")


def upgrade() -> None:
    op.create_table(
        "kit_outbox",
        sa.Column("seq", SEQUENCE, primary_key=True),
        sa.Column("event_id", sa.Text, nullable=False, unique=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("order_key", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Text),
        sa.Column("occurred_at", Timestamp, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("trace_id", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("sent_at", Timestamp),
    )
    op.create_index("ix_kit_outbox_sent", "kit_outbox", ["sent_at", "seq"])
    _create_tasks()
    op.create_table(
        "kit_leases",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("until", Timestamp, nullable=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "kit_data_keys",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("retired_at", Timestamp),
    )


def _create_tasks() -> None:
    op.create_table(
        "kit_tasks",
        sa.Column("seq", SEQUENCE, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("order_key", sa.Text),
        sa.Column("organization_id", sa.Text),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("origin", Json, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("run_at", Timestamp, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("holder", sa.Text),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("finished_at", Timestamp),
    )
    op.create_index("ix_kit_tasks_finished", "kit_tasks", ["finished_at"])
    for name, columns in (("due", ["kind", "run_at"]), ("order", ["order_key", "seq"])):
        op.create_index(
            f"ix_kit_tasks_{name}", "kit_tasks", columns, sqlite_where=OPEN, postgresql_where=OPEN
        )


def downgrade() -> None:
    for table in ("kit_data_keys", "kit_leases", "kit_tasks", "kit_outbox"):
        op.drop_table(table)
