"""The manifest of knowledge."""

from pathlib import Path

from agenthub.contracts.embeddings import EmbeddingsClient
from agenthub.contracts.files import FilesClient
from agenthub.contracts.knowledge import (
    DocumentDeleted,
    DocumentFailed,
    DocumentIndexed,
    KnowledgeBaseDeleted,
)
from agenthub.kit.service import Service
from agenthub.services.intelligence.knowledge import api, internal, jobs, models
from agenthub.services.intelligence.knowledge.logic import unit
from agenthub.services.intelligence.knowledge.settings import KnowledgeSettings
from agenthub.services.intelligence.knowledge.stores.unit import Analyzers

service = Service(
    name="knowledge",
    summary="Turns documents into passages that can be found, shown and trusted.",
    folder=Path(__file__).parent,
    port=3007,
    prefixes=["/api/knowledge"],
    settings=KnowledgeSettings,
    tables=models.metadata,
    unmanaged_tables=["lexical_"],
    routes=[api.router],
    internal=internal.routes,
    publishes=[DocumentIndexed, DocumentFailed, DocumentDeleted, KnowledgeBaseDeleted],
    jobs=[jobs.INDEX_DOCUMENT, jobs.FORGET_VECTORS],
    calls=[FilesClient, EmbeddingsClient],
    resources={Analyzers: unit.open_analyzers},
)
