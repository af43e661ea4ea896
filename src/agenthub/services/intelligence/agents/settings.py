"""What an operator may set for agents."""

from pydantic import BaseModel, Field


class AgentsSettings(BaseModel):
    """Limits of a turn, and whether organizations begin with an agent."""

    turn_seconds: float = Field(
        60, ge=1, le=600, description="Longest turn; then the fallback text ends it, in seconds."
    )
    passages: int = Field(8, ge=1, le=30, description="Passages looked up for one answer.")
    history_turns: int = Field(20, ge=1, le=200, description="Turns of the conversation shown to the model.")
    offer_sample: bool = Field(
        True, description="Whether a new organization gets the sample agent with its knowledge."
    )
