"""What embeddings does when it hears of something."""

from agenthub.contracts.embeddings import RemovePoints
from agenthub.contracts.knowledge import KnowledgeBaseDeleted
from agenthub.services.intelligence.embeddings import logic


async def drop_collection(ctx: logic.Unit, event: KnowledgeBaseDeleted) -> None:
    """Forget the vectors of a knowledge base that is gone."""
    await logic.remove(ctx, RemovePoints(collection=event.knowledge_base_id))
