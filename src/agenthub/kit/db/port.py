"""The port of the database: what the kit needs of an engine."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Dialect

Row = Sequence[Any]
EVERYWHERE = "*"


class UniqueViolatedError(Exception):
    """A row with the same unique value exists; callers turn it into a Conflict that names the thing."""


class Transaction(ABC):
    """Statements that take effect together; it ends with `commit` or `rollback`."""

    @abstractmethod
    async def fetch(self, sql: str, arguments: Sequence[Any]) -> Sequence[Row]:
        """The rows that one statement answers."""

    @abstractmethod
    async def run(self, sql: str, many: Sequence[Sequence[Any]]) -> int:
        """Run one statement for each set of arguments; the number of rows touched by the last."""

    @abstractmethod
    async def commit(self) -> None:
        """Return when the changes are on disk."""

    @abstractmethod
    async def rollback(self) -> None:
        """Undo everything since the beginning."""


class Database(ABC):
    """One service's own database."""

    dialect: Dialect

    @abstractmethod
    async def read(
        self, sql: str, arguments: Sequence[Any], scope: str, *, slow: bool = False
    ) -> Sequence[Row]:
        """Rows as last committed; `slow` reads never hold up others."""

    @abstractmethod
    async def begin(self, scope: str) -> Transaction:
        """Start a transaction that sees rows of the one organization, or of `EVERYWHERE`."""

    @abstractmethod
    async def close(self) -> None:
        """Give back files and connections; open transactions are undone."""
