"""Taking files in and letting them go, so that bytes and rows stay true to each other.

A row in the state `uploading` is committed before the first byte is stored, under a key made of the file's
own id. Wherever the process ends, either a row that names the bytes is left for the sweep, or nothing. The
key cannot be the hash: it is known only at the end, and the store cannot rename. Equal content of one
organization is shared at the end, by naming the bytes that are there already.
"""

from agenthub.contracts.files import FileFacts, FileUploaded
from agenthub.kit.blobs.port import Stored
from agenthub.kit.context import Context
from agenthub.services.intelligence.files import models, removal
from agenthub.services.intelligence.files.errors import ChecksumMismatch, FileUnknown, UploadExpired
from agenthub.services.intelligence.files.inspection import Inspection, Judgement, known_purpose
from agenthub.services.intelligence.files.models import FileRow
from agenthub.services.intelligence.files.settings import FilesSettings
from agenthub.services.intelligence.files.uploads import Upload

Ctx = Context[FilesSettings]


async def store_upload(ctx: Ctx, upload: Upload, *, size: int | None, sha256: str | None) -> FileRow:
    """Store a file as it arrives and announce it; `size` and `sha256` are what the client says of it.

    Raises FileTooLarge, ChecksumMismatch, TypeMismatch, TypeNotAllowed, Malicious and UploadUnreadable;
    nothing is kept then.
    """
    inspection = Inspection(ctx.settings)
    if upload.purpose and size is not None:
        inspection.check_size(known_purpose(upload.purpose), size)
    file_id = ctx.new_id("file")
    key = f"{ctx.organization_id}/{file_id}"
    await _begin(ctx, file_id, key)
    try:
        stored = await ctx.runtime.ports.blobs.put(key, inspection.watched(upload))
        _check_sum(stored, sha256)
        judgement = await ctx.runtime.ports.threads.run(inspection.judge, upload)
    except Exception:
        await _forget(ctx, file_id, key)
        raise
    return await _finish(ctx, file_id, key, stored, judgement)


async def find_file(ctx: Ctx, file_id: str) -> FileRow:
    """The organization's file; FileUnknown when there is none."""
    row = await ctx.db.one(models.FILE, FileRow, file_id=file_id)
    if row is None:
        raise FileUnknown(f"there is no file {file_id[:64]} here")
    return row


async def remove_file(ctx: Ctx, file_id: str, reason: str) -> None:
    """Let a file go: at once for everybody, its bytes right after; FileUnknown when there is none."""
    row = await find_file(ctx, file_id)
    if await ctx.db.execute(models.REMOVE, file_id=file_id):
        await ctx.db.execute(models.REVOKE_LINKS, file_id=file_id)
        ctx.enqueue(removal.REMOVE_CONTENT, removal.Removal(key=row.blob_key, file_id=file_id, reason=reason))


def facts_of(row: FileRow) -> FileFacts:
    """What other services may know of a file."""
    return FileFacts(
        id=row.id,
        name=row.name,
        purpose=row.purpose,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
    )


async def _begin(ctx: Ctx, file_id: str, key: str) -> None:
    row = FileRow(
        organization_id=ctx.organization_id,
        id=file_id,
        state=models.UPLOADING,
        name="",
        purpose="",
        media_type="",
        declared_type="",
        size=0,
        sha256="",
        blob_key=key,
        created_by=ctx.caller.name,
        created_at=ctx.now(),
    )
    # A unit of its own: it must be true before the first byte, and no lock may be held while bytes arrive.
    async with ctx.fresh() as first:
        await first.db.insert(models.files, row)


def _check_sum(stored: Stored, announced: str | None) -> None:
    if announced is not None and stored.sha256 != announced.strip().lower():
        raise ChecksumMismatch(
            f"the bytes that arrived have the SHA-256 {stored.sha256}; send the file again",
            extra={"sha256": stored.sha256},
        )


async def _forget(ctx: Ctx, file_id: str, key: str) -> None:
    await ctx.runtime.ports.blobs.delete(key)
    async with ctx.fresh() as last:
        await last.db.execute(models.FORGET, file_id=file_id)


async def _finish(ctx: Ctx, file_id: str, key: str, stored: Stored, judgement: Judgement) -> FileRow:
    await ctx.db.lock()
    twin = await ctx.db.one(models.TWIN, FileRow, digest=stored.sha256)
    finished = await ctx.db.execute(
        models.FINISH,
        file_id=file_id,
        new_name=judgement.name,
        new_purpose=judgement.purpose,
        true_type=judgement.media_type,
        said_type=judgement.declared_type,
        new_size=stored.size,
        digest=stored.sha256,
        key=twin.blob_key if twin else key,
    )
    if not finished:
        await ctx.runtime.ports.blobs.delete(key)
        raise UploadExpired("the upload took so long that it was given up; send the file again")
    if twin is not None:
        ctx.enqueue(removal.REMOVE_CONTENT, removal.Removal(key=key))
    ctx.publish(
        FileUploaded(
            file_id=file_id, size=stored.size, media_type=judgement.media_type, purpose=judgement.purpose
        )
    )
    return await find_file(ctx, file_id)
