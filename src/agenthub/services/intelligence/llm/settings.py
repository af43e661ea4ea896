"""What an operator may set for the language models."""

from pydantic import BaseModel, Field


class LlmSettings(BaseModel):
    """Limits of the door to the models, and which private addresses it may lead to."""

    private_provider_hosts: str = Field(
        "",
        max_length=2000,
        description="Hosts on private addresses that providers may have, comma-separated; empty: none.",
    )
    parallel_requests: int = Field(200, ge=1, le=10_000, description="Requests at once per process.")
    output_limit: int = Field(
        4096, ge=1, le=128_000, description="Longest answer over /v1 when the request names none, in tokens."
    )
    request_log_days: int = Field(
        30, ge=1, le=400, description="How long the metadata of requests is kept, in days."
    )

    @property
    def private_hosts(self) -> frozenset[str]:
        """The listed hosts."""
        return frozenset(part.strip().lower() for part in self.private_provider_hosts.split(",")) - {""}
