from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from agenthub.services.intelligence.llm.providers.sse import EventParser, LineTooLongError


def parsed(stream: bytes, cuts: list[int] | None = None) -> list[str]:
    parser = EventParser()
    borders = [0, *sorted(cuts or []), len(stream)]
    events = [event for start, end in pairwise(borders) for event in parser.feed(stream[start:end])]
    return events + parser.close()


LINE_ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
TEXT = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=30)


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, list[str]]:
    """A well-formed stream and the data of its events."""
    stream, expected = draw(st.sampled_from([b"", b"\xef\xbb\xbf"])), []
    for _ in range(draw(st.integers(0, 6))):
        end = draw(LINE_ENDS)
        for noise in draw(
            st.lists(st.sampled_from([b": ping", b"event: delta", b"id: 7", b"retry: 9", b"x"]))
        ):
            stream += noise + end
        data = draw(st.lists(TEXT, max_size=3))
        for line in data:
            stream += b"data: " + line.encode() + end
        stream += end
        if data:
            expected.append("\n".join(data))
    return stream, expected


@given(streams(), st.data())
def test_events_are_the_same_wherever_the_bytes_are_cut(
    made: tuple[bytes, list[str]], data: st.DataObject
) -> None:
    stream, expected = made
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=12))
    assert parsed(stream, cuts) == expected
    assert parsed(stream, list(range(len(stream)))) == expected


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=8))
def test_no_bytes_make_it_fail_or_depend_on_how_they_are_cut(stream: bytes, cuts: list[int]) -> None:
    assert parsed(stream, [min(cut, len(stream)) for cut in cuts]) == parsed(stream)


def test_what_is_no_utf_8_is_replaced_and_the_rest_is_kept() -> None:
    assert parsed(b"data: caf\xc3 au lait\n\n") == ["caf\ufffd au lait"]


def test_a_character_cut_in_two_is_whole_again() -> None:
    stream = "data: नमस्ते\n\n".encode()
    for cut in range(len(stream)):
        assert parsed(stream, [cut]) == ["नमस्ते"]


def test_the_last_event_needs_no_empty_line_but_half_a_line_is_dropped() -> None:
    assert parsed(b"data: one\n\ndata: two\n") == ["one", "two"]
    assert parsed(b"data: one\n\ndata: two") == ["one"]


def test_only_one_space_after_the_colon_belongs_to_the_field() -> None:
    assert parsed(b"data:  two\ndata:none\ndata\n\n") == [" two\nnone\n"]


@pytest.mark.parametrize("portion", [b"x" * 600, b"data: y\n" * 200])
def test_neither_a_line_nor_an_event_grows_beyond_the_limit(portion: bytes) -> None:
    parser = EventParser(line_limit=1000)
    with pytest.raises(LineTooLongError):
        [parser.feed(portion) for _ in range(20)]
