"""Organizations, people, memberships and invitations."""

import sqlalchemy as sa
from alembic import op

from agenthub.kit.db import Json, Timestamp
from agenthub.kit.db.migrate import enable_row_security

revision = "organizations_0001"
down_revision = None
branch_labels = ("organizations",)
depends_on = None


def upgrade() -> None:
    _create_invitations()
    _create_memberships()
    _create_organizations()
    _create_people()


def _create_invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False, unique=True),
        sa.Column("invited_by", sa.Text, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("expires_at", Timestamp, nullable=False),
        sa.Column("accepted_at", Timestamp),
    )
    op.create_index("ux_invitations_email", "invitations", ["organization_id", "email"], unique=True)
    enable_row_security(op, "invitations")


def _create_memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False, index=True),
        sa.Column("roles", Json, nullable=False),
        sa.Column("is_owner", sa.Boolean, nullable=False),
        sa.Column("joined_at", Timestamp, nullable=False),
    )
    op.create_index("ux_memberships_person", "memberships", ["organization_id", "user_id"], unique=True)
    enable_row_security(op, "memberships")


def _create_organizations() -> None:
    op.create_table(
        "organizations",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("slug", sa.Text, nullable=False, unique=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
    )
    op.create_index("ux_organizations_organization", "organizations", ["organization_id"], unique=True)
    enable_row_security(op, "organizations")


def _create_people() -> None:
    op.create_table(
        "people",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("registered_at", Timestamp, nullable=False),
    )


def downgrade() -> None:
    for table in (
        "people",
        "organizations",
        "memberships",
        "invitations",
    ):
        op.drop_table(table)
