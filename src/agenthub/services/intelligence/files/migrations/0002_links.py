"""Links by which a file is read without signing in."""

import sqlalchemy as sa
from alembic import op

from agenthub.kit.db import Timestamp
from agenthub.kit.db.migrate import enable_row_security

revision = "files_0002"
down_revision = "files_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("file_id", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("expires_at", Timestamp, nullable=False),
    )
    op.create_index("ix_links_expiry", "links", ["expires_at"])
    op.create_index("ix_links_file", "links", ["file_id"])
    enable_row_security(op, "links")


def downgrade() -> None:
    op.drop_table("links")
