"""The unit of knowledge, and what it uses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agenthub.kit.context import Context
from agenthub.kit.runtime import Runtime
from agenthub.services.intelligence.knowledge.settings import KnowledgeSettings
from agenthub.services.intelligence.knowledge.stores.lexical import LexicalIndex
from agenthub.services.intelligence.knowledge.stores.unit import Analyzers, lexical_index

Unit = Context[KnowledgeSettings]


@asynccontextmanager
async def open_analyzers(_runtime: Runtime) -> AsyncIterator[Analyzers]:
    """The analysers of the service."""
    yield Analyzers()


def index_of(ctx: Unit) -> LexicalIndex:
    """The lexical index inside this unit."""
    return lexical_index(ctx.db, ctx.use(Analyzers))
