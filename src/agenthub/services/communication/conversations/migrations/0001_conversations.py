"""Contacts, conversations, messages and turns."""

import sqlalchemy as sa
from alembic import op

from agenthub.kit.db import Json, Timestamp
from agenthub.kit.db.migrate import enable_row_security

revision = "conversations_0001"
down_revision = None
branch_labels = ("conversations",)
depends_on = None


def upgrade() -> None:
    _create_contacts()
    _create_conversations()
    _create_identities()
    _create_messages()
    _create_turns()


def _create_contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text),
        sa.Column("locale", sa.Text),
        sa.Column("created_at", Timestamp, nullable=False),
    )
    enable_row_security(op, "contacts")


def _create_conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("contact_id", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("thread", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("agent_id", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("last_message_at", Timestamp, nullable=False),
    )
    op.create_index(
        "ux_conversations_thread", "conversations", ["account_id", "channel", "thread"], unique=True
    )
    enable_row_security(op, "conversations")


def _create_identities() -> None:
    op.create_table(
        "identities",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("contact_id", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
    )
    op.create_index(
        "ux_identities_external", "identities", ["account_id", "channel", "external_id"], unique=True
    )
    enable_row_security(op, "identities")


def _create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("author_kind", sa.Text, nullable=False),
        sa.Column("author_id", sa.Text, nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("citations", Json, nullable=False),
        sa.Column("run_id", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("created_at", Timestamp, nullable=False),
    )
    op.create_index("ix_messages_conversation", "messages", ["conversation_id", "id"])
    op.create_index("ux_messages_external", "messages", ["conversation_id", "external_id"], unique=True)
    enable_row_security(op, "messages")


def _create_turns() -> None:
    op.create_table(
        "turns",
        sa.Column("organization_id", sa.Text, nullable=False, index=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("reply_id", sa.Text, nullable=False),
        sa.Column("last_message_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("created_at", Timestamp, nullable=False),
        sa.Column("finished_at", Timestamp),
    )
    op.create_index("ix_turns_conversation", "turns", ["conversation_id", "state"])
    enable_row_security(op, "turns")


def downgrade() -> None:
    for table in (
        "turns",
        "messages",
        "identities",
        "conversations",
        "contacts",
    ):
        op.drop_table(table)
