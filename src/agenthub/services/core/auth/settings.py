"""What can be set for signing in."""

from pydantic import BaseModel, Field, SecretStr


class AuthSettings(BaseModel):
    """Defaults follow the house's rules; shorter is safer, longer asks for passwords less often."""

    sign_up_open: bool = Field(
        default=False, description="Whether anybody may make an account without an invitation."
    )
    admin_email: str = Field("", description="Address of the first owner, for an unattended first start.")
    admin_password: SecretStr = Field(
        SecretStr(""), description="Password of the first owner, for an unattended first start."
    )
    access_token_minutes: int = Field(
        10, ge=1, le=60, description="Life of an access token, in minutes; revocation does not wait for it."
    )
    refresh_token_days: int = Field(
        30, ge=1, le=90, description="Days without a renewal after which a session ends."
    )
    session_days: int = Field(90, ge=1, le=365, description="Days after which a session ends in any case.")
    signing_key_days: int = Field(
        90, ge=1, le=365, description="Days for which a key signs; it verifies for 24 hours more."
    )
    placing_seconds: float = Field(
        2.0, ge=0, le=10, description="Seconds that a first login waits for its organization."
    )
    failures_per_address: int = Field(
        100, ge=5, le=100_000, description="Failed logins from one network address in 15 minutes."
    )
    sign_ups_per_address: int = Field(
        30, ge=1, le=100_000, description="Sign-ups from one network address in an hour."
    )
