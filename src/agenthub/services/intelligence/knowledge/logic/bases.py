"""Knowledge bases: made, found, deleted with all that they hold."""

from agenthub.contracts.knowledge import DocumentDeleted, KnowledgeBaseDeleted
from agenthub.kit.db import UniqueViolatedError
from agenthub.services.intelligence.knowledge import models, statements
from agenthub.services.intelligence.knowledge.errors import BaseUnknown, NameTaken
from agenthub.services.intelligence.knowledge.logic.unit import Unit, index_of
from agenthub.services.intelligence.knowledge.models import Base


async def found(ctx: Unit, base_id: str) -> Base:
    """The base; BaseUnknown when it is not this organization's."""
    base = await ctx.db.one(statements.BASE, Base, base_id=base_id)
    if base is None:
        raise BaseUnknown(f"there is no knowledge base {base_id[:64]} here")
    return base


async def create(ctx: Unit, name: str, language: str | None) -> Base:
    """A new base; NameTaken when there is one of this name."""
    base = Base(
        organization_id=ctx.organization_id,
        id=ctx.new_id("kb"),
        name=name,
        language=language or None,
        created_at=ctx.now(),
    )
    try:
        await ctx.db.insert(models.bases, base)
    except UniqueViolatedError as problem:
        raise NameTaken(f"there is a knowledge base named {name}; choose another name or use it") from problem
    return base


async def found_or_created(ctx: Unit, name: str, language: str | None) -> Base:
    """The base of this name, made when there is none."""
    known = await ctx.db.one(statements.BASE_BY_NAME, Base, name=name)
    return known or await create(ctx, name, language)


async def delete(ctx: Unit, base: Base) -> None:
    """Forget the base, its documents and passages; files and vectors follow by their events."""
    await ctx.db.lock()
    rows = await ctx.db.all(statements.FILES_OF_BASE, dict, base_id=base.id)
    await index_of(ctx).drop(base.id)
    await ctx.db.execute(statements.DELETE_CHUNKS_OF_BASE, base_id=base.id)
    await ctx.db.execute(statements.DELETE_DOCUMENTS, base_id=base.id)
    await ctx.db.execute(statements.DELETE_BASE, base_id=base.id)
    file_ids = tuple(row["file_id"] for row in rows)
    if file_ids:
        ctx.publish(DocumentDeleted(document_id=base.id, file_ids=file_ids))
    ctx.publish(KnowledgeBaseDeleted(knowledge_base_id=base.id))
