"""What goes over the wire between files and its clients."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from agenthub.contracts.files import Purpose

LINK_MINUTES = 15


class FileShape(BaseModel):
    """A stored file; its bytes are at `/api/files/{id}/content`."""

    id: str
    name: str = Field(description="As it was sent, without path and control characters.")
    purpose: Purpose
    media_type: str = Field(description="Read from the content.")
    declared_type: str = Field(description="What the client said of it; empty when it said nothing.")
    size: int = Field(description="Bytes.")
    sha256: str
    created_by: str
    created_at: datetime


class MakeLink(BaseModel):
    """How long a link shall work."""

    model_config = ConfigDict(extra="forbid")
    minutes: int = Field(
        LINK_MINUTES, ge=1, le=7 * 24 * 60, description="Minutes until it expires; at most 7 days."
    )


class Link(BaseModel):
    """An address that reads the file without signing in; it is shown once."""

    path: str = Field(description="Relative to this installation's public address.")
    expires_at: datetime
