"""What files says: bytes that came and went, and the door to them."""

from collections.abc import AsyncIterator
from typing import ClassVar, Literal

import msgspec

from agenthub.kit.calls.door import Door
from agenthub.kit.events import Event

Purpose = Literal[
    "knowledge", "attachment", "avatar", "branding", "export", "import", "recording", "template"
]


class FileUploaded(Event, topic="files.file_uploaded"):
    """A file is stored; published once per file."""

    file_id: str
    size: int
    media_type: str
    purpose: str


class FileDeleted(Event, topic="files.file_deleted"):
    """A file's bytes are gone; published once."""

    file_id: str
    reason: str
    proof_id: str | None = None


class FileFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file; `media_type` is read from the content, `size` is in bytes."""

    id: str
    name: str
    purpose: str
    media_type: str
    size: int
    sha256: str


class FileQuestion(msgspec.Struct, frozen=True, kw_only=True):
    file_id: str


class FilesClient:
    """The door to files."""

    service: ClassVar[str] = "files"

    def __init__(self, door: Door) -> None:
        self._door = door

    async def facts(self, file_id: str) -> FileFacts:
        """What is known of the file; NotFound when it is not this organization's."""
        return await self._door.post("/internal/files/facts", FileQuestion(file_id=file_id), FileFacts)

    def content(self, file_id: str) -> AsyncIterator[bytes]:
        """The bytes as they arrive."""
        return self._door.download(f"/api/files/{file_id}/content")
