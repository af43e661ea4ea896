"""Cursors come back as they went out or are refused."""

import base64

import pytest
from fastapi import FastAPI
from hypothesis import given, strategies as st
from starlette.testclient import TestClient

from agenthub.kit.errors import Invalid
from agenthub.kit.pages import Page, Paging, decode_cursor, encode_cursor

values = st.one_of(st.integers(), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))


@given(st.lists(values, max_size=4))
def test_a_cursor_comes_back_as_it_went_out(parts: list[str | int]) -> None:
    cursor = encode_cursor(*parts)
    assert decode_cursor(cursor, *(type(part) for part in parts)) == tuple(parts)
    assert cursor.isascii()
    assert not set(cursor) & set("+/=&?")


@given(
    st.text(max_size=60) | st.binary(max_size=60).map(lambda noise: base64.urlsafe_b64encode(noise).decode())
)
def test_noise_is_invalid_and_nothing_worse(noise: str) -> None:
    with pytest.raises(Invalid) as refused:
        decode_cursor(noise, str, int)
    assert "cursor" in refused.value.extra["fields"]


@pytest.mark.parametrize("parts", [(), ("a",), (1, "a"), ("a", 1, 1), ("a", "1")])
def test_the_cursor_of_another_list_is_invalid(parts: tuple[str | int, ...]) -> None:
    with pytest.raises(Invalid):
        decode_cursor(encode_cursor(*parts), str, int)


def test_a_bomb_is_invalid() -> None:
    for plain in (b"[" * 100_000, b"[true]", b"[1e999]", b"[" + b"9" * 5000 + b"]"):
        with pytest.raises(Invalid):
            decode_cursor(base64.urlsafe_b64encode(plain).decode(), int)


@given(st.integers(0, 30), st.integers(1, 10))
def test_following_the_cursors_shows_every_row_once(count: int, limit: int) -> None:
    rows = list(range(count))
    seen: list[int] = []
    cursor: str | None = None
    while True:
        (after,) = decode_cursor(cursor, int) if cursor else (-1,)
        found = [row for row in rows if row > after][: limit + 1]
        page = Page[int].of(found, limit, lambda row: (row,))
        assert len(page.items) <= limit
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == rows


def test_a_route_takes_its_paging_from_the_query() -> None:
    app = FastAPI()

    @app.get("/things")
    async def list_things(paging: Paging) -> Page[int]:
        return Page(items=[paging.limit], next_cursor=paging.cursor)

    with TestClient(app) as client:
        assert client.get("/things").json() == {"items": [50], "next_cursor": None}
        assert client.get("/things?limit=200&cursor=abc").json() == {"items": [200], "next_cursor": "abc"}
        assert [client.get(f"/things?limit={limit}").status_code for limit in (0, 201, "x")] == [422] * 3
