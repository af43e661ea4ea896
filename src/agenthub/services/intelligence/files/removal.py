"""Bytes that lost a holder go, unless another file of the organization has the same."""

import msgspec

from agenthub.contracts.files import FileDeleted
from agenthub.kit.context import Context
from agenthub.kit.service import Job
from agenthub.services.intelligence.files import models
from agenthub.services.intelligence.files.settings import FilesSettings


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that lost a holder; without a file they were a copy of bytes that are shared."""

    key: str
    file_id: str | None = None
    reason: str = ""


async def remove_content(ctx: Context[FilesSettings], removal: Removal) -> None:
    """Delete the bytes unless another file of the organization holds them, and tell that the file is gone."""
    if not await ctx.db.scalar(models.HOLDERS, key=removal.key):
        await ctx.runtime.ports.blobs.delete(removal.key)
    if removal.file_id is not None:
        ctx.publish(FileDeleted(file_id=removal.file_id, reason=removal.reason))


REMOVE_CONTENT = Job("remove_content", remove_content, Removal)
