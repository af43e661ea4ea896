"""What people and programs ask of files."""

from typing import Annotated, Any

import msgspec
from fastapi import Depends, Header, Query, Request, Response

from agenthub.contracts.files import Purpose
from agenthub.kit.app.routes import Router, context
from agenthub.kit.auth.access import needs, public
from agenthub.kit.context import Context
from agenthub.kit.pages import Page, Paging, decode_cursor
from agenthub.services.intelligence.files import links, logic, models
from agenthub.services.intelligence.files.content import content_of
from agenthub.services.intelligence.files.models import FileRow
from agenthub.services.intelligence.files.settings import FilesSettings
from agenthub.services.intelligence.files.shapes import LINK_MINUTES, FileShape, Link, MakeLink
from agenthub.services.intelligence.files.uploads import upload_of

router = Router(tags=["files"])
Ctx = Annotated[Context[FilesSettings], Depends(context)]
_MANAGE = needs("files:manage")
_AFTER_EVERYTHING = "~"
_BINARY = {"type": "string", "format": "binary"}
_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": _BINARY, "name": {"type": "string"}, "purpose": {"type": "string"}},
}
_UPLOAD: dict[str, Any] = {
    **_MANAGE,
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": {"schema": _FORM}, "*/*": {"schema": _BINARY}},
    },
}
_DOWNLOAD: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": _BINARY}}}
}
Sum = Annotated[
    str | None, Header(pattern=r"^\s*[0-9A-Fa-f]{64}\s*$", description="SHA-256 of the file, hex.")
]
Name = Annotated[str, Query(max_length=4096, description="What the file is called.")]
For = Annotated[Purpose | None, Query(description="What the file is for; a form may say it instead.")]


@router.post("/api/files", status_code=201, openapi_extra=_UPLOAD)
async def upload_file(
    ctx: Ctx, request: Request, name: Name = "", purpose: For = None, x_content_sha256: Sum = None
) -> FileShape:
    """Store the body as a file, or the part `file` of a form; it is streamed, never held whole."""
    upload = upload_of(request, name, purpose or "")
    length = request.headers.get("content-length", "")
    row = await logic.store_upload(
        ctx,
        upload,
        size=int(length) if upload.is_body and length.isdecimal() else None,
        sha256=x_content_sha256,
    )
    return _shape(row)


@router.get("/api/files", openapi_extra=_MANAGE)
async def list_files(ctx: Ctx, paging: Paging, purpose: For = None) -> Page[FileShape]:
    """Files, newest first."""
    before = decode_cursor(paging.cursor, str)[0] if paging.cursor else _AFTER_EVERYTHING
    values: dict[str, Any] = {"before": before, "limit": paging.limit + 1}
    if purpose is None:
        rows = await ctx.db.all(models.PAGE, FileRow, **values)
    else:
        rows = await ctx.db.all(models.PAGE_OF_PURPOSE, FileRow, for_purpose=purpose, **values)
    return Page.of([_shape(row) for row in rows], paging.limit, lambda shape: (shape.id,))


@router.get("/api/files/{file_id}", openapi_extra=_MANAGE)
async def get_file(ctx: Ctx, file_id: str) -> FileShape:
    """What is known of one file."""
    return _shape(await logic.find_file(ctx, file_id))


@router.get(
    "/api/files/{file_id}/content", openapi_extra=_MANAGE, response_class=Response, responses=_DOWNLOAD
)
async def get_content(ctx: Ctx, request: Request, file_id: str) -> Response:
    """The bytes, as a download; Range, If-Range and If-None-Match are honoured."""
    row = await logic.find_file(ctx, file_id)
    return await content_of(row, ctx.runtime.ports.blobs, request)


@router.delete("/api/files/{file_id}", status_code=204, openapi_extra=_MANAGE)
async def delete_file(ctx: Ctx, file_id: str) -> None:
    """Delete a file; its bytes go too, unless another file of the organization has the same."""
    await logic.remove_file(ctx, file_id, "deleted_by_user")


@router.post("/api/files/{file_id}/link", status_code=201, openapi_extra=_MANAGE)
async def make_link(ctx: Ctx, file_id: str, body: MakeLink | None = None) -> Link:
    """An address by which anyone who has it reads this file for a while."""
    token, expires_at = await links.make_link(ctx, file_id, body.minutes if body else LINK_MINUTES)
    return Link(path=f"/f/{token}", expires_at=expires_at)


@router.delete("/api/files/{file_id}/link", status_code=204, openapi_extra=_MANAGE)
async def revoke_links(ctx: Ctx, file_id: str) -> None:
    """Make every link of this file stop working."""
    await links.revoke_links(ctx, file_id)


@router.get(
    "/f/{token}",
    openapi_extra=public("the token, 256 random bits, admits to one file until it expires"),
    response_class=Response,
    responses=_DOWNLOAD,
)
async def follow_link(ctx: Ctx, request: Request, token: str) -> Response:
    """The bytes behind a link, as a download."""
    return await content_of(await links.file_behind(ctx, token), ctx.runtime.ports.blobs, request)


def _shape(row: FileRow) -> FileShape:
    return FileShape.model_validate(msgspec.structs.asdict(row))
