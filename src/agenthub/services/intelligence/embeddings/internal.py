"""What embeddings answers to other services."""

from agenthub.contracts.embeddings import RemovePoints, SearchPoints, StorePoints
from agenthub.kit.app.internal import InternalRoute
from agenthub.services.intelligence.embeddings import logic

routes = [
    InternalRoute("/internal/embeddings/store", logic.store, StorePoints),
    InternalRoute("/internal/embeddings/search", logic.search, SearchPoints),
    InternalRoute("/internal/embeddings/remove", logic.remove, RemovePoints),
]
