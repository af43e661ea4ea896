"""Files, uploading and ready."""

import sqlalchemy as sa
from alembic import op

from agenthub.kit.db import Timestamp
from agenthub.kit.db.migrate import enable_row_security

revision = "files_0001"
down_revision = None
branch_labels = ("files",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("declared_type", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("blob_key", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
    )
    op.create_index("ix_files_blob_key", "files", ["blob_key"])
    op.create_index("ix_files_sha256", "files", ["organization_id", "sha256"])
    op.create_index("ix_files_state", "files", ["state", "created_at"])
    enable_row_security(op, "files")


def downgrade() -> None:
    op.drop_table("files")
