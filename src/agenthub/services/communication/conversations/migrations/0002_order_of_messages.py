"""A number for each message of a conversation, since the time in its id may stand still or go back."""

import sqlalchemy as sa
from alembic import op

revision = "conversations_0002"
down_revision = "conversations_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("last_seq", sa.Integer, nullable=False, server_default="0"))
    op.add_column("messages", sa.Column("seq", sa.Integer, nullable=False, server_default="0"))
    _number_what_is_there()
    op.drop_index("ix_messages_conversation", "messages")
    op.create_index("ix_messages_conversation", "messages", ["conversation_id", "seq"])


def _number_what_is_there() -> None:
    messages = sa.table("messages", sa.column("id"), sa.column("conversation_id"), sa.column("seq"))
    conversations = sa.table("conversations", sa.column("id"), sa.column("last_seq"))
    counted = messages.alias("counted")
    count = sa.select(sa.func.count()).select_from(counted)
    up_to_it = count.where(
        counted.c.conversation_id == messages.c.conversation_id, counted.c.id <= messages.c.id
    )
    of_it = count.where(counted.c.conversation_id == conversations.c.id)
    op.execute(messages.update().values(seq=up_to_it.scalar_subquery()))
    op.execute(conversations.update().values(last_seq=of_it.scalar_subquery()))


def downgrade() -> None:
    op.drop_index("ix_messages_conversation", "messages")
    op.create_index("ix_messages_conversation", "messages", ["conversation_id", "id"])
    op.drop_column("messages", "seq")
    op.drop_column("conversations", "last_seq")
