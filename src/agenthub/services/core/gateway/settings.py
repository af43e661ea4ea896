"""The settings of the gateway."""

from pydantic import BaseModel, Field


class GatewaySettings(BaseModel):
    """How much of a request is taken before it is refused."""

    json_limit_bytes: int = Field(
        1024 * 1024, ge=1024, le=64 * 1024 * 1024, description="Longest body, uploads apart, in bytes."
    )
    upload_limit_bytes: int = Field(
        100 * 1024 * 1024, ge=1024, le=10 * 1024**3, description="Longest streamed upload, in bytes."
    )
    header_limit_bytes: int = Field(
        16 * 1024, ge=1024, le=64 * 1024, description="All headers of a request together, in bytes."
    )
    probe_timeout_seconds: float = Field(
        2, gt=0, le=30, description="Time that a service gets to say how it is, in seconds."
    )
