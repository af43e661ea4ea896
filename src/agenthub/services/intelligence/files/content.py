"""Answering with a file's bytes: conditions and ranges of RFC 9110, and headers that keep browsers from running it."""

import re
from collections.abc import AsyncIterator, Mapping

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from agenthub.kit.app.problems import respond
from agenthub.kit.blobs.port import Blobs
from agenthub.kit.errors import NotFound
from agenthub.services.intelligence.files.errors import ContentLost, RangeNotSatisfiable
from agenthub.services.intelligence.files.models import FileRow
from agenthub.services.intelligence.files.names import content_disposition

_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII | re.IGNORECASE)
_ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')


async def content_of(row: FileRow, blobs: Blobs, request: Request) -> Response:
    """The file, the part that was asked for, 304 or 416; ContentLost when the store has it no more.

    Always a download, whatever its type: no content of a user is ever shown as a page of this origin.
    """
    tag = f'"{row.sha256}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
        "Content-Disposition": content_disposition(row.name),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if _is_fresh(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    asked = request.headers.get("range", "") if _range_counts(request.headers, tag) else ""
    try:
        part = _part(asked, row.size)
    except RangeNotSatisfiable as problem:
        refused = respond(problem)
        refused.headers["Content-Range"] = f"bytes */{row.size}"
        return refused
    if part is None:
        headers["Content-Length"] = str(row.size)
        return _answer(200, await _opened(blobs, row, 0, None), row, headers)
    start, end = part
    headers["Content-Length"] = str(end - start)
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{row.size}"
    return _answer(206, await _opened(blobs, row, start, end - start), row, headers)


def _answer(
    status: int, chunks: AsyncIterator[bytes], row: FileRow, headers: Mapping[str, str]
) -> StreamingResponse:
    answer = StreamingResponse(chunks, status_code=status, headers=headers)
    # Set by hand: Starlette would add a charset to text, which is not known.
    answer.headers["Content-Type"] = row.media_type
    return answer


async def _opened(blobs: Blobs, row: FileRow, start: int, length: int | None) -> AsyncIterator[bytes]:
    try:
        return await blobs.open(row.blob_key, start, length)
    except NotFound as problem:
        raise ContentLost(
            f"the store has the bytes of {row.id} no more; restore them from a backup or upload the file again"
        ) from problem


def _is_fresh(given: str, tag: str) -> bool:
    """Whether If-None-Match names this content (RFC 9110, 13.1.2: weak comparison)."""
    return given.strip() == "*" or tag in _ENTITY_TAG.findall(given)


def _range_counts(headers: Mapping[str, str], tag: str) -> bool:
    """Whether the client's part is of this very content (RFC 9110, 13.1.5: strong comparison)."""
    return headers.get("if-range", tag).strip() == tag


def _part(asked: str, size: int) -> tuple[int, int] | None:
    """First byte and the one behind the last; None for the whole, also when the header is not understood.

    Several ranges are answered with the whole, as RFC 9110, 14.2 allows.
    """
    match = _RANGE.fullmatch(asked)
    if match is None or match.group(1) == match.group(2) == "":
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise RangeNotSatisfiable(f"the file has {size} bytes; ask for a part of them", extra={"size": size})
    return start, end
