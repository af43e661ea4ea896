"""Clearing up after uploads that neither ended nor failed."""

from datetime import timedelta

from agenthub.kit.context import Context
from agenthub.kit.service import every
from agenthub.services.intelligence.files import models
from agenthub.services.intelligence.files.models import FileRow
from agenthub.services.intelligence.files.settings import FilesSettings

_SWEPT_AT_ONCE = 500


async def remove_stale_uploads(ctx: Context[FilesSettings]) -> None:
    """Remove rows, and bytes if there are any, of uploads whose process was killed."""
    everywhere = ctx.db.across_organizations()
    before = ctx.now() - timedelta(hours=ctx.settings.stale_upload_hours)
    stale = await everywhere.all(models.STALE, FileRow, before=before, limit=_SWEPT_AT_ONCE)
    for row in stale:
        await ctx.runtime.ports.blobs.delete(row.blob_key)
    for row in stale:
        await everywhere.execute(models.FORGET, file_id=row.id)


SWEEP = every("remove_stale_uploads", remove_stale_uploads, hours=1)
