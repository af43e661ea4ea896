"""The settings of conversations."""

from pydantic import BaseModel, Field


class ConversationsSettings(BaseModel):
    """How much of a conversation is looked back at, and what is said when no answer can be given."""

    history_messages: int = Field(30, ge=1, le=200, description="Messages that a turn looks back at.")
    longest_message_characters: int = Field(65_536, ge=100, le=1_000_000, description="Longest message kept.")
    agent_wait_seconds: float = Field(
        5,
        ge=0,
        le=60,
        description="How long a message waits for an agent to be bound to its channel, in seconds.",
    )
    apology: str = Field(
        "I am sorry, I cannot answer at the moment. A person will look at your message.",
        min_length=1,
        max_length=1000,
        description="What the customer reads when a turn fails for good.",
    )
