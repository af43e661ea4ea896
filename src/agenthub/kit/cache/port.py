"""Three promises that Redis or the process's own memory keep; neither is the only copy of anything."""

from abc import ABC, abstractmethod
from dataclasses import dataclass


class Cache(ABC):
    """Values that may vanish at any time; a full or restarted cache forgets, it never lies.

    Raises Unavailable when the store cannot be reached.
    """

    @abstractmethod
    async def get(self, key: str) -> bytes | None: ...

    @abstractmethod
    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None: ...

    @abstractmethod
    async def delete(self, key: str) -> None: ...

    @abstractmethod
    async def add(self, key: str, value: bytes, ttl_seconds: float) -> bool:
        """Set only what is absent; whether it was."""


class Locks(ABC):
    """Advisory locks that save work; they expire by themselves.

    A name's fencing token only grows, also over restarts, as long as the clock of the store
    does not go back further than a restart takes. After a loss of data two holders may believe
    in the same lock, the newer with the larger token: whatever protects data takes its token
    from a lease in the database, not from here. Raises Unavailable.
    """

    @abstractmethod
    async def acquire(self, name: str, holder: str, ttl_seconds: float) -> int | None:
        """The fencing token, or None while another holds it; the holder itself renews and keeps its token."""

    @abstractmethod
    async def release(self, name: str, holder: str) -> bool:
        """Give the lock back; whether this holder still had it."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The answer to one `take`, with what the `RateLimit-*` and `Retry-After` headers need.

    `reset_seconds`: until the whole limit is free again if nobody takes more.
    `retry_after_seconds`: until the same amount would be allowed; 0 when it was.
    """

    allowed: bool
    limit: int
    remaining: int
    reset_seconds: float
    retry_after_seconds: float


class Limits(ABC):
    """Sliding-window limits, approximated by two weighted buckets; never unavailable."""

    @abstractmethod
    async def take(self, key: str, amount: int, limit: int, window_seconds: float) -> Allowance:
        """Take from what `limit` leaves in the window; a refused take takes nothing, amount 0 only looks.

        An amount above the limit is refused always. Exact up to limit times window of 10^12 seconds.
        """
