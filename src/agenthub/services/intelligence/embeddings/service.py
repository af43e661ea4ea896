"""The manifest of embeddings."""

from pathlib import Path

from agenthub.contracts.embeddings import EmbeddingFinished
from agenthub.contracts.knowledge import KnowledgeBaseDeleted
from agenthub.kit.service import Service
from agenthub.services.intelligence.embeddings import api, handlers, internal, models, resources
from agenthub.services.intelligence.embeddings.embedders.port import EmbeddingModel
from agenthub.services.intelligence.embeddings.engines.port import VectorEngine
from agenthub.services.intelligence.embeddings.settings import EmbeddingsSettings

service = Service(
    name="embeddings",
    summary="Turns text into vectors, keeps them in collections and finds the nearest ones.",
    folder=Path(__file__).parent,
    port=3008,
    prefixes=["/v1/embeddings", "/api/embeddings"],
    settings=EmbeddingsSettings,
    tables=models.metadata,
    routes=[api.router],
    internal=internal.routes,
    publishes=[EmbeddingFinished],
    subscribes={KnowledgeBaseDeleted: handlers.drop_collection},
    resources={EmbeddingModel: resources.open_model, VectorEngine: resources.open_engine},
)
