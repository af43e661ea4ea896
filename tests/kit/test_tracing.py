"""Requests keep the trace and the id they come with, where these are well formed."""

import asyncio
import re

import pytest

from agenthub.kit.tasks.model import Origin
from agenthub.kit.tracing import begin_request, current_origin, make_traceparent, new_origin, use_origin

TRACE = b"4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = b"00f067aa0ba902b7"


@pytest.mark.parametrize(
    "header", [b"00-%b-%b-01", b"00-%b-%b-00", b"01-%b-%b-01", b"cc-%b-%b-01-what-comes"]
)
def test_the_trace_of_the_caller_is_continued(header: bytes) -> None:
    origin = begin_request([(b"traceparent", header % (TRACE, SPAN))])
    assert origin.trace_id == TRACE.decode()


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"ff-%b-%b-01" % (TRACE, SPAN),
        b"00-%b-%b-01-more" % (TRACE, SPAN),
        b"00-%b-%b-01" % (b"0" * 32, SPAN),
        b"00-%b-%b-01" % (TRACE, b"0" * 16),
        b"00-%b-%b-01" % (TRACE.upper(), SPAN),
        b"00-%b-%b" % (TRACE, SPAN),
    ],
)
def test_a_malformed_trace_is_replaced(header: bytes) -> None:
    """W3C Trace Context, 3.2.2 and 4.3: an invalid header is as if it were absent."""
    origin = begin_request([(b"traceparent", header)])
    assert re.fullmatch("[0-9a-f]{32}", origin.trace_id)
    assert origin.trace_id.encode() != TRACE
    assert origin.trace_id != "0" * 32


def test_a_request_id_is_kept_where_it_is_harmless() -> None:
    assert begin_request([(b"x-request-id", b"req-12345678")]).request_id == "req-12345678"
    for header in (b"short", b"x" * 129, b"line\nbreak-in-it", b"<script>12345"):
        assert begin_request([(b"x-request-id", header)]).request_id.startswith("req_")


def test_a_call_goes_out_as_a_new_span_of_the_trace() -> None:
    trace_id = new_origin().trace_id
    first, second = make_traceparent(trace_id), make_traceparent(trace_id)
    assert first != second
    assert begin_request([(b"traceparent", first.encode())]).trace_id == trace_id


async def test_two_tasks_keep_their_origins_apart() -> None:
    async def work(name: str) -> tuple[str, str | None]:
        with use_origin(Origin(request_id=name, trace_id="-"), f"org_{name}"):
            await asyncio.sleep(0)
            origin, organization_id = current_origin()
            return origin.request_id, organization_id

    assert await asyncio.gather(work("a"), work("b")) == [("a", "org_a"), ("b", "org_b")]
    assert current_origin()[0].request_id == "-"
