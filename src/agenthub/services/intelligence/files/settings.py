"""The settings of files."""

from pydantic import BaseModel, Field

from agenthub.contracts.files import Purpose

MEGABYTE = 1024 * 1024


class FilesSettings(BaseModel):
    """How large a file may be for each purpose, in MB of 1,048,576 bytes, and how long leftovers stay."""

    knowledge_megabytes: int = Field(100, ge=1, le=10_000, description="Largest document to learn from, MB.")
    attachment_megabytes: int = Field(100, ge=1, le=10_000, description="Largest attachment, MB.")
    avatar_megabytes: int = Field(5, ge=1, le=100, description="Largest avatar, MB.")
    branding_megabytes: int = Field(10, ge=1, le=100, description="Largest logo, font or picture, MB.")
    export_megabytes: int = Field(1000, ge=1, le=100_000, description="Largest export, MB.")
    import_megabytes: int = Field(1000, ge=1, le=100_000, description="Largest import, MB.")
    recording_megabytes: int = Field(500, ge=1, le=100_000, description="Largest recording, MB.")
    template_megabytes: int = Field(20, ge=1, le=1000, description="Largest template, MB.")
    stale_upload_hours: int = Field(
        24, ge=1, le=720, description="Hours after which an upload that never ended is removed."
    )

    def limit_of(self, purpose: Purpose) -> int:
        """The largest file for this purpose, in bytes."""
        megabytes: int = getattr(self, f"{purpose}_megabytes")
        return megabytes * MEGABYTE
