"""The settings of knowledge."""

from pydantic import BaseModel, Field


class KnowledgeSettings(BaseModel):
    """How documents are read and cut, and how widely is searched."""

    chunk_tokens: int = Field(400, ge=50, le=2000, description="Length that a passage is cut to, in tokens.")
    chunk_overlap_tokens: int = Field(
        60, ge=0, le=500, description="What neighbouring passages share, in tokens."
    )
    parse_memory_mebibytes: int = Field(
        512, ge=64, le=4096, description="Memory of a parsing process, in MiB."
    )
    parse_seconds: int = Field(60, ge=1, le=3600, description="Longest time to parse a document, in seconds.")
    candidates: int = Field(50, ge=5, le=500, description="Passages that each arm of a search proposes.")
    longest_text_bytes: int = Field(
        1_000_000,
        ge=1000,
        le=50_000_000,
        description="Longest text that may be added without a file, in bytes.",
    )
