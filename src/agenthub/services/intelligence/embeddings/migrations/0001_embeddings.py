"""Collections."""

import sqlalchemy as sa
from alembic import op

from agenthub.kit.db import Timestamp
from agenthub.kit.db.migrate import enable_row_security

revision = "embeddings_0001"
down_revision = None
branch_labels = ("embeddings",)
depends_on = None


def upgrade() -> None:
    _create_collections()


def _create_collections() -> None:
    op.create_table(
        "collections",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("dimensions", sa.Integer, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
    )
    op.create_index("ux_collections_name", "collections", ["organization_id", "name"], unique=True)
    enable_row_security(op, "collections")


def downgrade() -> None:
    for table in ("collections",):
        op.drop_table(table)
