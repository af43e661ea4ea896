"""Notes."""

import sqlalchemy as sa
from alembic import op

from agenthub.kit.db import Json, Timestamp
from agenthub.kit.db.migrate import enable_row_security

revision = "notes_0001"
down_revision = None
branch_labels = ("notes",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notes",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("book", sa.Text, nullable=False, index=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("labels", Json, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
    )
    enable_row_security(op, "notes")


def downgrade() -> None:
    op.drop_table("notes")
