"""What a store asks of a database connection, inside whatever transaction the caller has begun."""

from collections.abc import Sequence
from typing import Any, Protocol


class Executor(Protocol):
    """Statements with positional parameters in the database's own style: `?` or `$1`."""

    async def execute(self, sql: str, params: Sequence[Any] = ()) -> None: ...

    async def fetch(self, sql: str, params: Sequence[Any] = ()) -> Sequence[Sequence[Any]]: ...
