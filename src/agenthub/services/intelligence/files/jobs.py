"""Clearing up what time has made worthless."""

from datetime import timedelta

from agenthub.kit.context import Context
from agenthub.kit.service import every
from agenthub.services.intelligence.files import models
from agenthub.services.intelligence.files.models import FileRow
from agenthub.services.intelligence.files.settings import FilesSettings

_SWEPT_AT_ONCE = 500


async def sweep(ctx: Context[FilesSettings]) -> None:
    """Remove links that are over, and uploads, with what they stored, whose process was killed."""
    everywhere = ctx.db.across_organizations()
    before = ctx.now() - timedelta(hours=ctx.settings.stale_upload_hours)
    for row in await everywhere.all(models.STALE, FileRow, before=before, limit=_SWEPT_AT_ONCE):
        await _give_up(ctx, row)
    await everywhere.execute(models.PRUNE_LINKS, now=ctx.now())


async def _give_up(ctx: Context[FilesSettings], row: FileRow) -> None:
    # The row goes first and stays locked: an upload that ends just now finds itself given up, not its bytes gone.
    async with ctx.runtime.own_unit(row.organization_id) as unit:
        if await unit.db.execute(models.FORGET, file_id=row.id):
            await unit.runtime.ports.blobs.delete(row.blob_key)


SWEEP = every("sweep", sweep, hours=1)
