"""Where in a passage each section begins."""

import sqlalchemy as sa
from alembic import op

from agenthub.kit.db import Json

revision = "knowledge_0002"
down_revision = "knowledge_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chunks", sa.Column("sections", Json, server_default="[]", nullable=False))


def downgrade() -> None:
    op.drop_column("chunks", "sections")
