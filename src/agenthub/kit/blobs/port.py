"""What every store of large content promises."""

import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass

from agenthub.kit.errors import Invalid

_KEY = re.compile(r"[A-Za-z0-9_=-][A-Za-z0-9._=-]*(/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*")
_KEY_LENGTH = 512


def checked(key: str) -> str:
    """The key itself; Invalid unless it is a plain relative path of ASCII letters, digits and `._=-`.

    No part begins with a dot, so that nothing climbs and nothing hides.
    """
    if len(key) > _KEY_LENGTH or not _KEY.fullmatch(key):
        raise Invalid("This is not the key of stored content. Use letters, digits, . _ = - and / between.")
    return key


@dataclass(frozen=True, slots=True)
class Stored:
    """What was written: bytes, and their SHA-256 as 64 hexadecimal digits."""

    size: int
    sha256: str


class Blobs(ABC):
    """Content by key, never whole in memory.

    Raises Invalid (key), NotFound, Misconfigured (refused credentials, no such bucket) and
    Unavailable (unreachable, disk full).
    """

    @abstractmethod
    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> Stored:
        """Store all chunks or nothing; what was there before is readable until the last byte is durable.

        What the iterator raises is raised.
        """

    @abstractmethod
    async def open(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The content from `start`, at most `length` bytes; nothing where it begins behind the end.

        NotFound is raised here, before the first chunk.
        """

    @abstractmethod
    async def delete(self, key: str) -> None:
        """Deleting what is not there is no error."""

    @abstractmethod
    async def sign(self, key: str, ttl_seconds: float) -> str | None:
        """A URL that reads the content until it expires, or None where the store has none to give."""
