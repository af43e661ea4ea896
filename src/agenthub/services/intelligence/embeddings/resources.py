"""The model and the vector engine that the service opens at its start."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from agenthub.kit.runtime import Runtime
from agenthub.services.intelligence.embeddings.embedders.builtin import BuiltinModel
from agenthub.services.intelligence.embeddings.embedders.port import EmbeddingModel
from agenthub.services.intelligence.embeddings.engines.port import VectorEngine
from agenthub.services.intelligence.embeddings.settings import EmbeddingsSettings


@asynccontextmanager
async def open_model(_runtime: Runtime) -> AsyncIterator[EmbeddingModel]:
    """The model that needs no download."""
    yield BuiltinModel()


@asynccontextmanager
async def open_engine(runtime: Runtime) -> AsyncIterator[VectorEngine]:
    """The engine that the settings name, over this service's own folder."""
    settings = cast("EmbeddingsSettings", runtime.settings)
    folder = runtime.ports.folder / runtime.service.name
    if settings.engine == "edge":
        from agenthub.services.intelligence.embeddings.engines.edge import EdgeEngine

        edge = EdgeEngine(folder, most_open=settings.most_open_collections)
        try:
            yield edge
        finally:
            await edge.close()
        return
    from agenthub.services.intelligence.embeddings.engines.exact import ExactEngine

    exact = ExactEngine(folder / "vectors.db")
    try:
        yield exact
    finally:
        await exact.close()
