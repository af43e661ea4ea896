"""What goes over the wire between files and its clients."""

from datetime import datetime

from pydantic import BaseModel, Field

from agenthub.contracts.files import Purpose


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
