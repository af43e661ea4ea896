"""How much of a request's headers and body is taken."""

from collections.abc import Sequence
from typing import Any

from agenthub.kit.errors import BadRequest, TooLarge
from agenthub.services.core.gateway.errors import HeadersTooLarge
from agenthub.services.core.gateway.settings import GatewaySettings

Headers = Sequence[tuple[bytes, bytes]]
# Where bodies are stored as they arrive; everything else is read whole by its service.
UPLOAD_PREFIXES = ("/api/files",)
_FOREIGN = (b"x-agenthub-", b"x-forwarded-")
_FOREIGN_WHOLE = frozenset({b"forwarded", b"x-real-ip"})


def without_foreign(headers: Headers, limit_bytes: int) -> Headers:
    """The headers without those that only we may say; HeadersTooLarge beyond the limit.

    No proxy is trusted, so what they are said to have forwarded is left out as well.
    """
    size = 0
    foreign = False
    for name, value in headers:
        size += len(name) + len(value)
        if name.startswith(_FOREIGN) or name in _FOREIGN_WHOLE:
            foreign = True
    if size > limit_bytes:
        raise HeadersTooLarge(f"send at most {limit_bytes} bytes of headers; cookies count")
    if not foreign:
        return headers
    return [pair for pair in headers if not pair[0].startswith(_FOREIGN) and pair[0] not in _FOREIGN_WHOLE]


def body_limit(path: str, headers: Headers, settings: GatewaySettings) -> int | None:
    """What the body must be counted against as it arrives; None when it needs no counting.

    TooLarge at once when its announced length is beyond what this path and content type may have.
    """
    length: bytes | None = None
    media_type = b""
    is_chunked = False
    for name, value in headers:
        if name == b"content-length":
            length = value
        elif name == b"content-type":
            media_type = value
        elif name == b"transfer-encoding":
            is_chunked = True
    if length is None and not is_chunked:
        return None
    is_upload = path.startswith(UPLOAD_PREFIXES) and b"json" not in media_type
    limit = settings.upload_limit_bytes if is_upload else settings.json_limit_bytes
    if length is None:
        return limit
    if not length.isdigit():
        raise BadRequest("Content-Length is not a number")
    if int(length) > limit:
        raise too_large(limit)
    return None


def too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body may have at most {limit} bytes here; files go to /api/files")


class CountedBody:
    """Receives a body of unknown length and breaks off behind the limit."""

    def __init__(self, receive: Any, limit: int) -> None:
        self._receive = receive
        self._left = limit
        self.problem = too_large(limit)
        self.is_over = False

    async def __call__(self) -> Any:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.is_over = True
            raise self.problem
        return message
