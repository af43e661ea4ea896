"""The lexical index of a unit: its statements run in the unit's own transaction."""

from collections.abc import Sequence
from typing import Any

from agenthub.kit.db import Session
from agenthub.services.intelligence.knowledge.stores.lexical import LexicalIndex
from agenthub.services.intelligence.knowledge.text.grams import GramAnalyzer
from agenthub.services.intelligence.knowledge.text.stems import StemAnalyzer


class Analyzers:
    """The two analysers with what they remember of words; one pair for the service's life."""

    def __init__(self) -> None:
        self.stems = StemAnalyzer()
        self.grams = GramAnalyzer()


class UnitExecutor:
    """Statements of a store inside a unit."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def execute(self, sql: str, params: Sequence[Any] = ()) -> None:
        await self._session.execute_sql(sql, params)

    async def fetch(self, sql: str, params: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        return await self._session.fetch_sql(sql, params)


def lexical_index(session: Session, analyzers: Analyzers) -> LexicalIndex:
    """The index that this database can keep; bases are looked up in their organization's scope beforehand."""
    executor = UnitExecutor(session)
    if session.database.dialect.name == "postgresql":
        from agenthub.services.intelligence.knowledge.stores.postings import PostingsIndex

        return PostingsIndex(executor, analyzers.stems, analyzers.grams)
    from agenthub.services.intelligence.knowledge.stores.fts5 import Fts5Index

    return Fts5Index(executor, analyzers.stems, analyzers.grams)
