"""Parcels."""

import sqlalchemy as sa
from alembic import op

from agenthub.kit.db.migrate import enable_row_security

revision = "scratch_0001"
down_revision = None
branch_labels = ("scratch",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parcels",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("address", sa.Text, nullable=False),
    )
    enable_row_security(op, "parcels")


def downgrade() -> None:
    op.drop_table("parcels")
