"""What knowledge answers to other services."""

from agenthub.contracts.knowledge import AddText, CreateBase, Made, PassageFound, SearchQuestion
from agenthub.kit.app.internal import InternalRoute
from agenthub.services.intelligence.knowledge.jobs import INDEX_DOCUMENT
from agenthub.services.intelligence.knowledge.logic import bases, documents, searching
from agenthub.services.intelligence.knowledge.logic.unit import Unit


async def search(ctx: Unit, asked: SearchQuestion) -> list[PassageFound]:
    return await searching.search(ctx, asked.knowledge_base_ids, asked.question, asked.limit)


async def create_base(ctx: Unit, wanted: CreateBase) -> Made:
    return Made(id=(await bases.found_or_created(ctx, wanted.name, wanted.language)).id)


async def add_text(ctx: Unit, wanted: AddText) -> Made:
    base = await bases.found(ctx, wanted.knowledge_base_id)
    text = documents.Text(title=wanted.title, text=wanted.text, media_type=wanted.media_type)
    document, _ = await documents.add_text(ctx, base, text, INDEX_DOCUMENT)
    return Made(id=document.id)


routes = [
    InternalRoute("/internal/knowledge/search", search, SearchQuestion),
    InternalRoute("/internal/knowledge/bases", create_base, CreateBase),
    InternalRoute("/internal/knowledge/texts", add_text, AddText),
]
