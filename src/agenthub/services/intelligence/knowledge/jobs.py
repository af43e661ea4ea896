"""What knowledge does later."""

from agenthub.contracts.embeddings import EmbeddingsClient
from agenthub.kit.errors import Problem, Unavailable
from agenthub.kit.service import Job
from agenthub.services.intelligence.knowledge import statements
from agenthub.services.intelligence.knowledge.logic import indexing
from agenthub.services.intelligence.knowledge.logic.unit import Unit
from agenthub.services.intelligence.knowledge.models import Document, ForgetVectors, IndexDocument


async def index_document(ctx: Unit, payload: IndexDocument) -> None:
    """Make a document findable, or say why it cannot be; its former version answers meanwhile."""
    document = await ctx.db.one(statements.DOCUMENT, Document, document_id=payload.document_id)
    if document is None or document.state in {"indexed", "failed"}:
        return
    stage = "parsing"
    try:
        await indexing.note(ctx, document, stage, 5)
        parsed = await indexing.parse(ctx, document)
        rows = await indexing.cut(ctx, document, parsed)
        stage = "embedding"
        await indexing.note(ctx, document, stage, 30)
        await indexing.embed(ctx, document, rows)
    except Unavailable:
        raise
    except Problem as problem:
        await indexing.fail(ctx, document, stage, problem.detail)
        return
    await indexing.show(ctx, document, parsed, rows, FORGET_VECTORS)


async def forget_vectors(ctx: Unit, payload: ForgetVectors) -> None:
    """Drop the vectors of passages that are gone."""
    await ctx.client(EmbeddingsClient).remove(payload.knowledge_base_id, payload.chunk_ids)


INDEX_DOCUMENT = Job("index_document", index_document, IndexDocument)
FORGET_VECTORS = Job("forget_vectors", forget_vectors, ForgetVectors)
