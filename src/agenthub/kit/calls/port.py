"""The port of calls: one request to another service, its answer in pieces as they come."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from agenthub.kit.auth.principal import Principal
from agenthub.kit.tasks.model import Origin


class StreamProblem(msgspec.Struct, frozen=True, tag_field="kit_problem", tag="problem"):
    """The last line of a stream that failed after it had begun."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """A call: whom, what, as whom and how long it may take."""

    service: str
    method: str
    path: str
    body: bytes
    caller: Principal
    origin: Origin
    timeout_seconds: float
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def may_repeat(self) -> bool:
        """Whether doing it twice is the same as doing it once."""
        return self.method in {"GET", "HEAD", "PUT", "DELETE"} or "idempotency-key" in self.headers


@dataclass(slots=True)
class Reply:
    """An answer whose body is still arriving."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self.chunks])


class Transport(ABC):
    """Brings a request to an instance of a service."""

    @abstractmethod
    def send(self, request: Request) -> AbstractAsyncContextManager[Reply]:
        """The reply while the context is open; leaving it early cancels the work on the other side.

        Raises Unavailable when no instance answers in time.
        """

    @abstractmethod
    async def close(self) -> None:
        """Give back connections."""
