"""A stream from another service ends as it ended there."""

from typing import Any

import msgspec
import pytest

from agenthub.kit.app.internal import _stream
from agenthub.kit.auth.principal import service_principal
from agenthub.kit.calls.direct import DirectTransport
from agenthub.kit.calls.door import Door
from agenthub.kit.errors import Unavailable
from agenthub.kit.tracing import new_origin


class Word(msgspec.Struct, frozen=True):
    text: str


class Nothing(msgspec.Struct, frozen=True):
    pass


class _Unit:
    async def commit(self) -> None:
        return

    async def rollback(self) -> None:
        return


def door_to(source: Any) -> Door:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await _stream(source(), _Unit(), receive, send)

    transport = DirectTransport()
    transport.apps["words"] = app
    return Door(transport, "words", service_principal("reader", "org_a"), new_origin())


async def test_a_failure_after_the_first_item_is_the_problem_that_it_was() -> None:
    async def words() -> Any:
        yield Word("one")
        raise Unavailable("the well is dry", code="dry")

    stream = door_to(words).stream("/internal/words", Nothing(), Word)
    assert await anext(stream) == Word("one")
    with pytest.raises(Unavailable, match="the well is dry") as caught:
        await anext(stream)
    assert caught.value.problem_code == "dry"


async def test_who_leaves_a_stream_closes_it_on_the_other_side() -> None:
    ended: list[str] = []

    async def words() -> Any:
        try:
            while True:
                yield Word("again")
        finally:
            ended.append("closed")

    stream = door_to(words).stream("/internal/words", Nothing(), Word)
    assert await anext(stream) == Word("again")
    await stream.aclose()
    assert ended == ["closed"]
