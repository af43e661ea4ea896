"""The settings of web chat."""

from pydantic import BaseModel, Field


class WebchatSettings(BaseModel):
    """What a visitor may do, and for how long a client can catch up."""

    messages_per_minute: int = Field(
        20, ge=1, le=10_000, description="Messages a visitor may send each minute."
    )
    sessions_per_minute: int = Field(
        30, ge=1, le=100_000, description="New visitors an address may bring each minute."
    )
    longest_message_characters: int = Field(
        4_000, ge=1, le=65_536, description="Longest message of a visitor."
    )
    events_kept_hours: int = Field(
        24, ge=1, le=720, description="How long a client can catch up on what it missed."
    )
    ping_seconds: float = Field(
        25, ge=1, le=120, description="Pause between signs of life on an event stream."
    )
