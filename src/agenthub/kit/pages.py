"""Lists in pages: a limit, and a cursor that says where the next page begins."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from agenthub.kit.errors import Invalid

T = TypeVar("T")

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 200
_CURSOR_LENGTH = 1024


def encode_cursor(*values: str | int) -> str:
    """The sort key of the last row shown; opaque to callers, not secret."""
    plain = json.dumps(values, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type[str | int]) -> tuple[Any, ...]:
    """The values of these kinds; Invalid unless this list made the cursor.

    It is not signed: use it as a position in a query that carries its own scope.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        plain = (
            base64.b64decode(padded, altchars=b"-_", validate=True) if len(cursor) <= _CURSOR_LENGTH else b""
        )
        values = json.loads(plain)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or [type(value) for value in values] != list(kinds):
        raise Invalid(
            "The cursor is not one of this list. Begin again without it.",
            fields={"cursor": "not of this list"},
        )
    return tuple(values)


class PageParams(BaseModel):
    model_config = ConfigDict(frozen=True)

    limit: int = Field(DEFAULT_LIMIT, ge=1, le=LARGEST_LIMIT, description="How many items at most.")
    cursor: str | None = Field(
        None, max_length=_CURSOR_LENGTH, description="`next_cursor` of the page before; absent for the first."
    )


Paging = Annotated[PageParams, Query()]


class Page(BaseModel, Generic[T]):
    """`next_cursor` is null on the last page."""

    items: list[T]
    next_cursor: str | None = None

    @classmethod
    def of(cls, rows: Sequence[T], limit: int, key: Callable[[T], tuple[str | int, ...]]) -> "Page[T]":
        """A page of rows that were asked for with `limit + 1`; `key` gives a row's sort key."""
        items = list(rows[:limit])
        return cls(items=items, next_cursor=encode_cursor(*key(items[-1])) if len(rows) > limit else None)
