"""What people and programs ask of knowledge."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from fastapi import Depends, Response

from agenthub.contracts.knowledge import PassageFound
from agenthub.kit.app.routes import Router, context
from agenthub.kit.auth.access import needs
from agenthub.kit.pages import Page, Paging, decode_cursor
from agenthub.services.intelligence.knowledge import statements
from agenthub.services.intelligence.knowledge.jobs import FORGET_VECTORS, INDEX_DOCUMENT
from agenthub.services.intelligence.knowledge.logic import bases, documents, searching
from agenthub.services.intelligence.knowledge.logic.unit import Unit
from agenthub.services.intelligence.knowledge.models import Base, ChunkRow, Document
from agenthub.services.intelligence.knowledge.shapes import (
    BaseShape,
    ChunkShape,
    DocumentShape,
    NewBase,
    NewDocument,
    PassageShape,
    Question,
    QuestionToSeveral,
)

router = Router(tags=["knowledge"])
Ctx = Annotated[Unit, Depends(context)]
READ, EDIT = needs("knowledge:read"), needs("knowledge:edit")


@router.get("/api/knowledge", openapi_extra=READ)
async def list_bases(ctx: Ctx, paging: Paging) -> Page[BaseShape]:
    """Knowledge bases, oldest first."""
    after = decode_cursor(paging.cursor, str)[0] if paging.cursor else ""
    rows = await ctx.db.all(statements.BASES, Base, after=after, limit=paging.limit + 1)
    return Page.of([_base(row) for row in rows], paging.limit, lambda base: (base.id,))


@router.post("/api/knowledge", status_code=201, openapi_extra=EDIT)
async def create_base(ctx: Ctx, body: NewBase) -> BaseShape:
    """A new knowledge base."""
    return _base(await bases.create(ctx, body.name, body.language))


@router.post("/api/knowledge/search", openapi_extra=READ)
async def search_several(ctx: Ctx, body: QuestionToSeveral) -> list[PassageShape]:
    """The best passages of several bases together."""
    return _passages(await searching.search(ctx, body.knowledge_base_ids, body.question, body.limit))


@router.get("/api/knowledge/{base_id}", openapi_extra=READ)
async def get_base(ctx: Ctx, base_id: str) -> BaseShape:
    """One knowledge base."""
    return _base(await bases.found(ctx, base_id))


@router.delete("/api/knowledge/{base_id}", status_code=204, openapi_extra=EDIT)
async def delete_base(ctx: Ctx, base_id: str) -> None:
    """Delete the base with all that it holds."""
    await bases.delete(ctx, await bases.found(ctx, base_id))


@router.post("/api/knowledge/{base_id}/search", openapi_extra=READ)
async def search(ctx: Ctx, base_id: str, body: Question) -> list[PassageShape]:
    """The best passages of one base, with the scores that brought them there."""
    return _passages(await searching.search(ctx, [base_id], body.question, body.limit))


@router.get("/api/knowledge/{base_id}/documents", openapi_extra=READ)
async def list_documents(ctx: Ctx, base_id: str, paging: Paging) -> Page[DocumentShape]:
    """Documents with their state, oldest first."""
    base = await bases.found(ctx, base_id)
    after = decode_cursor(paging.cursor, str)[0] if paging.cursor else ""
    rows = await ctx.db.all(
        statements.DOCUMENTS, Document, base_id=base.id, after=after, limit=paging.limit + 1
    )
    return Page.of([_document(row) for row in rows], paging.limit, lambda document: (document.id,))


@router.post("/api/knowledge/{base_id}/documents", status_code=201, openapi_extra=EDIT)
async def add_document(ctx: Ctx, base_id: str, body: NewDocument, response: Response) -> DocumentShape:
    """Add a document; 200 instead of 201 when the same one is here already."""
    base = await bases.found(ctx, base_id)
    if body.file_id is not None:
        document, is_new = await documents.add_file(ctx, base, body.file_id, INDEX_DOCUMENT)
    else:
        text = documents.Text(title=body.title or "", text=body.text or "", media_type=body.media_type)
        document, is_new = await documents.add_text(ctx, base, text, INDEX_DOCUMENT)
    response.status_code = 201 if is_new else 200
    return _document(document)


@router.get("/api/knowledge/{base_id}/documents/{document_id}", openapi_extra=READ)
async def get_document(ctx: Ctx, base_id: str, document_id: str) -> DocumentShape:
    """One document with its state, progress and reason of failure."""
    return _document(await documents.found(ctx, await bases.found(ctx, base_id), document_id))


@router.delete("/api/knowledge/{base_id}/documents/{document_id}", status_code=204, openapi_extra=EDIT)
async def delete_document(ctx: Ctx, base_id: str, document_id: str) -> None:
    """Delete the document with its passages, vectors and file."""
    document = await documents.found(ctx, await bases.found(ctx, base_id), document_id)
    await documents.delete(ctx, document, FORGET_VECTORS)


@router.post("/api/knowledge/{base_id}/documents/{document_id}/reindex", status_code=202, openapi_extra=EDIT)
async def index_again(ctx: Ctx, base_id: str, document_id: str) -> DocumentShape:
    """Read the document once more."""
    base = await bases.found(ctx, base_id)
    document = await documents.found(ctx, base, document_id)
    await documents.index_again(ctx, document, INDEX_DOCUMENT)
    return _document(await documents.found(ctx, base, document_id))


@router.get("/api/knowledge/{base_id}/documents/{document_id}/chunks", openapi_extra=READ)
async def list_chunks(ctx: Ctx, base_id: str, document_id: str, paging: Paging) -> Page[ChunkShape]:
    """The document's passages in their order."""
    document = await documents.found(ctx, await bases.found(ctx, base_id), document_id)
    after = decode_cursor(paging.cursor, int)[0] if paging.cursor else -1
    rows = await ctx.db.all(
        statements.CHUNKS_OF_DOCUMENT,
        ChunkRow,
        document_id=document.id,
        after=after,
        limit=paging.limit + 1,
    )
    return Page.of([_chunk(row) for row in rows], paging.limit, lambda chunk: (chunk.position,))


def _base(row: Base) -> BaseShape:
    return BaseShape.model_validate(msgspec.structs.asdict(row))


def _document(row: Document) -> DocumentShape:
    return DocumentShape.model_validate(msgspec.structs.asdict(row))


def _chunk(row: ChunkRow) -> ChunkShape:
    page = row.pages[0][1] if row.pages else None
    return ChunkShape(
        id=row.id, position=row.position, text=row.text, tokens=row.tokens, section=row.section, page=page
    )


def _passages(found: Sequence[PassageFound]) -> list[PassageShape]:
    return [PassageShape.model_validate(msgspec.to_builtins(passage)) for passage in found]
