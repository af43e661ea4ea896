"""What the toy counts."""

import sqlalchemy as sa
from alembic import op

revision = "toys_0001"
down_revision = None
branch_labels = ("toys",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counts",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "seen",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("position", sa.BigInteger, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("seen")
    op.drop_table("counts")
