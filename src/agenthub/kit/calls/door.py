"""The door through which a typed client calls one service as its unit's caller."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any, ClassVar, Protocol, TypeVar

import msgspec

from agenthub.kit.auth.principal import Principal
from agenthub.kit.calls.port import Reply, Request, StreamProblem, Transport
from agenthub.kit.crash import crash_point
from agenthub.kit.errors import from_body
from agenthub.kit.tasks.model import Origin

T = TypeVar("T")
DEFAULT_SECONDS = 10.0
_ERROR_FROM = 400
_PROBLEM_LINE = b'{"kit_problem":'


class Client(Protocol):
    """A contract's client: built around a door to the service that it names."""

    service: ClassVar[str]

    def __init__(self, door: "Door") -> None: ...


class Door:
    """Sends shapes, returns shapes; a problem on the other side is raised here as the same class."""

    def __init__(self, transport: Transport, service: str, caller: Principal, origin: Origin) -> None:
        self._transport = transport
        self._service = service
        self._caller = caller
        self._origin = origin

    async def get(self, path: str, returns: type[T], *, timeout_seconds: float = DEFAULT_SECONDS) -> T:
        request = self._request("GET", path, b"", timeout_seconds)
        async with self._transport.send(request) as reply:
            return msgspec.json.decode(await _checked(reply), type=returns)

    async def post(
        self,
        path: str,
        body: msgspec.Struct,
        returns: type[T],
        *,
        timeout_seconds: float = DEFAULT_SECONDS,
        idempotency_key: str | None = None,
    ) -> T:
        headers = {"idempotency-key": idempotency_key} if idempotency_key else {}
        request = self._request("POST", path, msgspec.json.encode(body), timeout_seconds, headers)
        async with self._transport.send(request) as reply:
            return msgspec.json.decode(await _checked(reply), type=returns)

    async def stream(
        self, path: str, body: msgspec.Struct, of: Any, *, timeout_seconds: float = 120.0
    ) -> AsyncGenerator[Any, None]:
        """The items of an NDJSON answer, each as it arrives; closing the iterator cancels the other side.

        A failure after the first item is raised here as its problem, like one before it.
        """
        decoder = msgspec.json.Decoder(of)
        request = self._request("POST", path, msgspec.json.encode(body), timeout_seconds)
        async with self._transport.send(request) as reply:
            if reply.status >= _ERROR_FROM:
                await _checked(reply)
            async for line in _lines(reply.chunks):
                if line.startswith(_PROBLEM_LINE):
                    failed = msgspec.json.decode(line, type=StreamProblem)
                    raise from_body(failed.status, failed.body)
                yield decoder.decode(line)
                crash_point("stream.after_item")

    async def download(self, path: str, *, timeout_seconds: float = 120.0) -> AsyncIterator[bytes]:
        """The bytes of an answer as they arrive."""
        async with self._transport.send(self._request("GET", path, b"", timeout_seconds)) as reply:
            if reply.status >= _ERROR_FROM:
                await _checked(reply)
            async for chunk in reply.chunks:
                yield chunk

    def _request(
        self, method: str, path: str, body: bytes, seconds: float, headers: Mapping[str, str] | None = None
    ) -> Request:
        path, _, query = path.partition("?")
        return Request(
            service=self._service,
            method=method,
            path=path,
            body=body,
            caller=self._caller,
            origin=self._origin,
            timeout_seconds=seconds,
            query=query,
            headers=headers or {},
        )


async def _checked(reply: Reply) -> bytes:
    body = await reply.read()
    if reply.status >= _ERROR_FROM:
        try:
            problem = msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.DecodeError:
            problem = {"detail": f"the service answered {reply.status}"}
        raised = from_body(reply.status, problem)
        if "retry-after" in reply.headers:
            raised.retry_after = float(reply.headers["retry-after"])
        raise raised
    return body


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line:
                yield line
