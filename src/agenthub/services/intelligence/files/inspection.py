"""What a file is judged by: its size while it arrives, its first bytes, what it is called and meant for."""

from collections.abc import AsyncIterator
from typing import get_args

import msgspec

from agenthub.contracts.files import Purpose
from agenthub.kit.errors import Invalid
from agenthub.services.intelligence.files import executables
from agenthub.services.intelligence.files.errors import (
    FileTooLarge,
    Malicious,
    TypeMismatch,
    TypeNotAllowed,
)
from agenthub.services.intelligence.files.media_types import HEAD_BYTES, essence, true_type
from agenthub.services.intelligence.files.names import clean_name, extension
from agenthub.services.intelligence.files.settings import MEGABYTE, FilesSettings
from agenthub.services.intelligence.files.uploads import Upload

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
# The beginning of the file by which scanners are tried out (EICAR, 2006), in two parts so that this is none.
_TEST_VIRUS = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif")
_ALLOWED: dict[str, tuple[str, ...]] = {
    "avatar": _PICTURES,
    "branding": (*_PICTURES, "image/svg+xml", "image/x-icon", "font/", "text/css"),
    "recording": ("audio/", "video/", "application/ogg"),
}
_LONGEST_TYPE = 255


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of the client's words, and the type that the content has."""

    name: str
    purpose: Purpose
    media_type: str
    declared_type: str


def known_purpose(said: str) -> Purpose:
    """The purpose of this name; Invalid lists those there are."""
    if said not in PURPOSES:
        raise Invalid(
            f"say what the file is for: purpose is one of {', '.join(PURPOSES)}",
            fields={"purpose": "missing" if not said else "unknown"},
        )
    return said


class Inspection:
    """Watches one file pass and keeps its beginning."""

    def __init__(self, settings: FilesSettings) -> None:
        self._settings = settings
        self._size = 0
        self._head = bytearray()

    async def watched(self, upload: Upload) -> AsyncIterator[bytes]:
        """The file's bytes, as long as they are within the limit.

        A form may name its purpose after the file: until then the largest of all limits holds.
        """
        if upload.purpose:
            known_purpose(upload.purpose)
        largest = max(PURPOSES, key=self._settings.limit_of)
        async for chunk in upload.chunks():
            self._size += len(chunk)
            self.check_size(known_purpose(upload.purpose or largest), self._size)
            if len(self._head) < HEAD_BYTES:
                self._head += chunk[: HEAD_BYTES - len(self._head)]
            yield chunk
        self.check_size(known_purpose(upload.purpose), self._size)

    def check_size(self, purpose: Purpose, size: int) -> None:
        """FileTooLarge, with the numbers, when this is over the purpose's limit."""
        limit = self._settings.limit_of(purpose)
        if size > limit:
            raise FileTooLarge(
                f"a file for {purpose} is at most {limit // MEGABYTE} MB; send a smaller one or ask the "
                f"operator to raise files.{purpose}_megabytes",
                extra={"limit": limit, "purpose": purpose},
            )

    def judge(self, upload: Upload) -> Judgement:
        """The verdict on a file that has passed; CPU-bound for milliseconds."""
        head = bytes(self._head)
        if head.startswith(_TEST_VIRUS):
            raise Malicious("this is the EICAR test file; it is refused as a virus would be")
        name = clean_name(upload.name)
        purpose = known_purpose(upload.purpose)
        declared = essence(upload.declared_type)[:_LONGEST_TYPE]
        media_type = true_type(head, name, declared)
        _check_honesty(head, name, declared)
        _check_use(head, purpose, media_type)
        return Judgement(name=name, purpose=purpose, media_type=media_type, declared_type=declared)


def _check_honesty(head: bytes, name: str, declared: str) -> None:
    kind = executables.kind_of(head)
    if kind is not None and executables.is_disguised(kind, extension(name), declared):
        raise TypeMismatch(
            f"the content is a program ({kind.media_type}), the name or Content-Type says otherwise; "
            "send it under its true name and as application/octet-stream",
            extra={"media_type": kind.media_type},
        )


def _check_use(head: bytes, purpose: Purpose, media_type: str) -> None:
    allowed = _ALLOWED.get(purpose)
    if allowed is not None and not media_type.startswith(allowed):
        raise TypeNotAllowed(
            f"the content is {media_type}; for {purpose} send one of {', '.join(allowed)}",
            extra={"media_type": media_type},
        )
    if purpose == "knowledge" and executables.kind_of(head) is not None:
        raise TypeNotAllowed(
            f"the content is a program ({media_type}), nothing can be learned from it; send a document",
            extra={"media_type": media_type},
        )
