"""Accounts, sessions, codes, failures and signing keys."""

import sqlalchemy as sa
from alembic import op

from agenthub.kit.db import Json, Timestamp

revision = "auth_0001"
down_revision = None
branch_labels = ("auth",)
depends_on = None


def upgrade() -> None:
    _create_credentials()
    _create_login_failures()
    _create_one_time_codes()
    _create_refresh_tokens()
    _create_sessions()
    _create_signing_keys()


def _create_credentials() -> None:
    op.create_table(
        "credentials",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("email", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("password_changed_at", Timestamp, nullable=False),
        sa.Column("signed_up_again_at", Timestamp),
    )


def _create_login_failures() -> None:
    op.create_table(
        "login_failures",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("since", Timestamp, nullable=False),
        sa.Column("blocked_until", Timestamp),
    )


def _create_one_time_codes() -> None:
    op.create_table(
        "one_time_codes",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("expires_at", Timestamp),
    )


def _create_refresh_tokens() -> None:
    op.create_table(
        "refresh_tokens",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("session_id", sa.Text, nullable=False, index=True),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("expires_at", Timestamp, nullable=False, index=True),
        sa.Column("used_at", Timestamp),
    )


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False, index=True),
        sa.Column("organization_id", sa.Text),
        sa.Column("roles", Json, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("ip", sa.Text, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("seen_at", Timestamp, nullable=False),
        sa.Column("expires_at", Timestamp, nullable=False),
        sa.Column("revoked_at", Timestamp, index=True),
        sa.Column("revoked_because", sa.Text),
    )


def _create_signing_keys() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.Text, primary_key=True),
        sa.Column("algorithm", sa.Text, nullable=False),
        sa.Column("public", sa.Text, nullable=False),
        sa.Column("private_sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("retires_at", Timestamp, nullable=False),
    )


def downgrade() -> None:
    for table in (
        "signing_keys",
        "sessions",
        "refresh_tokens",
        "one_time_codes",
        "login_failures",
        "credentials",
    ):
        op.drop_table(table)
