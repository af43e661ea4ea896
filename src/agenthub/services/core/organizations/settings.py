"""What can be set for organizations."""

from pydantic import BaseModel, Field


class OrganizationsSettings(BaseModel):
    invitation_days: int = Field(7, ge=1, le=30, description="Days for which an invitation may be accepted.")
    open_invitations: int = Field(
        50, ge=1, le=10_000, description="Invitations of one organization that may be open at once."
    )
    organizations_per_person: int = Field(
        100, ge=1, le=100_000, description="Organizations that one person may own."
    )
