"""Where work comes from: the request id that people quote and the W3C trace that machines follow."""

import random
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token

from agenthub.kit.tasks.model import Origin

# Version 00 ends here, later ones may append; version ff and ids of zeros are invalid.
_TRACEPARENT = re.compile(
    rb"(?:00-(?=.{52}$)|(?!00|ff)[0-9a-f]{2}-)"
    rb"(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?"
)
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{8,128}")
_NOWHERE = Origin(request_id="-", trace_id="-")
Outside = Token[tuple[Origin, str | None]]
_current: ContextVar[tuple[Origin, str | None]] = ContextVar("origin", default=(_NOWHERE, None))


def new_origin() -> Origin:
    """The beginning of something that nobody asked for: a sweep, a schedule."""
    return Origin(request_id=_new_request_id(), trace_id=_new_trace_id())


def begin_request(headers: Iterable[tuple[bytes, bytes]]) -> Origin:
    """The origin of a request: what the caller says of it where that is well formed, else new.

    Source: W3C Trace Context, Recommendation of 23 November 2021.
    """
    request_id = trace_id = None
    for name, value in headers:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            request_id = value.decode()
        elif name == b"traceparent" and (match := _TRACEPARENT.fullmatch(value)):
            trace_id = match.group(1).decode()
    return Origin(
        request_id=request_id or _new_request_id(),
        trace_id=trace_id or _new_trace_id(),
    )


def make_traceparent(trace_id: str) -> str:
    """The header for a call made within this trace."""
    return f"00-{trace_id}-{random.getrandbits(64):016x}-01"


# Names, not secrets: every unit of the kit's own needs two of them.
def _new_request_id() -> str:
    return f"req_{random.getrandbits(80):020x}"


def _new_trace_id() -> str:
    return f"{random.getrandbits(128):032x}"


@contextmanager
def use_origin(origin: Origin, organization_id: str | None) -> Iterator[None]:
    """Logs and problems inside name this origin."""
    outside = enter_origin(origin, organization_id)
    try:
        yield
    finally:
        leave_origin(outside)


def enter_origin(origin: Origin, organization_id: str | None) -> Outside:
    """What `use_origin` does at its beginning; `leave_origin` takes what this returns."""
    return _current.set((origin, organization_id))


def leave_origin(outside: Outside) -> None:
    _current.reset(outside)


def current_origin() -> tuple[Origin, str | None]:
    """The origin and organization of the unit at work."""
    return _current.get()


def current_request_id() -> str:
    return _current.get()[0].request_id
