"""Finds passages: two lexical arms and the vectors, their scores normalised and added."""

import asyncio
from collections.abc import Sequence

from agenthub.contracts.embeddings import EmbeddingsClient
from agenthub.contracts.knowledge import PassageFound
from agenthub.kit.errors import Unavailable
from agenthub.services.intelligence.knowledge import statements
from agenthub.services.intelligence.knowledge.logic import bases
from agenthub.services.intelligence.knowledge.logic.unit import Unit, index_of
from agenthub.services.intelligence.knowledge.models import Base, ChunkOfDocument
from agenthub.services.intelligence.knowledge.ranking import Ranked, rank, weight_of

MODEL = "builtin"


async def search(ctx: Unit, base_ids: Sequence[str], question: str, limit: int) -> list[PassageFound]:
    """The best passages of these bases together, best first; BaseUnknown for one that is not here."""
    known = [await bases.found(ctx, base_id) for base_id in dict.fromkeys(base_ids)]
    ranked = [one for base in known for one in await _ranked(ctx, base, question)]
    best = sorted(ranked, key=lambda one: (-one.score, one.chunk_id))[:limit]
    rows = await ctx.db.all(statements.FOUND, ChunkOfDocument, ids=[one.chunk_id for one in best])
    by_id = {row.id: row for row in rows}
    # A vector may outlive its passage for a moment; what has no row any more is not shown.
    shown = [one for one in best if one.chunk_id in by_id]
    return [_passage(by_id[one.chunk_id], one, shown) for one in shown]


async def _ranked(ctx: Unit, base: Base, question: str) -> list[Ranked]:
    wide = ctx.settings.candidates
    lexical, near = await asyncio.gather(
        index_of(ctx).scores(base.id, question, base.language, wide), _near(ctx, base, question, wide)
    )
    return rank(lexical, near, vector_weight=weight_of(MODEL))


async def _near(ctx: Unit, base: Base, question: str, limit: int) -> dict[str, float]:
    try:
        found = await ctx.client(EmbeddingsClient).search(base.id, question, limit)
    except Unavailable as problem:
        # Words alone still find most passages; better a slightly worse order than no answer.
        ctx.runtime.log.warning("searched_without_vectors", reason=problem.detail)
        return {}
    return {point.id: point.score for point in found}


def _passage(row: ChunkOfDocument, ranked: Ranked, shown: Sequence[Ranked]) -> PassageFound:
    best, worst = shown[0].score, shown[-1].score
    return PassageFound(
        chunk_id=row.id,
        document_id=row.document_id,
        knowledge_base_id=row.knowledge_base_id,
        title=row.title,
        text=row.text,
        page=row.pages[0][1] if row.pages else None,
        pages=tuple((offset, page) for offset, page in row.pages),
        section=tuple(row.section),
        sections=tuple(row.sections),
        file_id=row.file_id,
        version=row.version,
        score=(ranked.score - worst) / (best - worst) if best > worst else 1.0,
        lexical_score=ranked.stems + ranked.grams,
        vector_score=ranked.vector or 0.0,
    )
