"""Documents: added once, listed, indexed again, deleted."""

import hashlib

import msgspec

from agenthub.contracts.files import FilesClient
from agenthub.contracts.knowledge import DocumentDeleted
from agenthub.kit.db import UniqueViolatedError
from agenthub.kit.errors import TooLarge
from agenthub.kit.service import Job
from agenthub.services.intelligence.knowledge import models, statements
from agenthub.services.intelligence.knowledge.errors import DocumentUnknown, NotIndexable
from agenthub.services.intelligence.knowledge.logic.unit import Unit, index_of
from agenthub.services.intelligence.knowledge.models import Base, Document, ForgetVectors, IndexDocument


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A document without a file."""

    title: str
    text: str
    media_type: str


async def found(ctx: Unit, base: Base, document_id: str) -> Document:
    """The base's document; DocumentUnknown otherwise."""
    document = await ctx.db.one(statements.DOCUMENT, Document, document_id=document_id)
    if document is None or document.knowledge_base_id != base.id:
        raise DocumentUnknown(f"there is no document {document_id[:64]} in {base.name}")
    return document


async def add_file(ctx: Unit, base: Base, file_id: str, job: Job) -> tuple[Document, bool]:
    """The document of this file, and whether it is new: the same content is indexed only once."""
    facts = await ctx.client(FilesClient).facts(file_id)
    document = _new(ctx, base, name=facts.name, media_type=facts.media_type, content_hash=facts.sha256)
    return await _add(ctx, _with(document, file_id=facts.id), job)


async def add_text(ctx: Unit, base: Base, text: Text, job: Job) -> tuple[Document, bool]:
    """The document of this text, and whether it is new."""
    raw = text.text.encode()
    if len(raw) > ctx.settings.longest_text_bytes:
        raise TooLarge(f"a text has at most {ctx.settings.longest_text_bytes} bytes; upload it as a file")
    document = _new(
        ctx, base, name=text.title, media_type=text.media_type, content_hash=hashlib.sha256(raw).hexdigest()
    )
    return await _add(ctx, _with(document, text=text.text), job)


async def index_again(ctx: Unit, document: Document, job: Job) -> None:
    """Queue the document once more; what it says now answers until then."""
    if not await ctx.db.execute(statements.QUEUE_AGAIN, document_id=document.id, now=ctx.now()):
        raise NotIndexable("the document is being indexed; wait until it has ended")
    _queue(ctx, document, job)


async def delete(ctx: Unit, document: Document, forget: Job) -> None:
    """Forget the document and its passages; its file and vectors follow."""
    await ctx.db.lock()
    chunk_ids = [row["id"] for row in await ctx.db.all(statements.CHUNK_IDS, dict, document_id=document.id)]
    await index_of(ctx).remove(document.knowledge_base_id, chunk_ids)
    await ctx.db.execute(statements.DELETE_CHUNKS, document_id=document.id)
    await ctx.db.execute(statements.DELETE_DOCUMENT, document_id=document.id)
    if chunk_ids:
        ctx.enqueue(forget, ForgetVectors(knowledge_base_id=document.knowledge_base_id, chunk_ids=chunk_ids))
    file_ids = (document.file_id,) if document.file_id else ()
    ctx.publish(DocumentDeleted(document_id=document.id, file_ids=file_ids))


async def _add(ctx: Unit, document: Document, job: Job) -> tuple[Document, bool]:
    known = await ctx.db.one(
        statements.DOCUMENT_WITH_CONTENT,
        Document,
        base_id=document.knowledge_base_id,
        content_hash=document.content_hash,
        name=document.name,
    )
    if known is not None:
        return known, False
    try:
        await ctx.db.insert(models.documents, document)
    except UniqueViolatedError as problem:
        raise NotIndexable("the same document is being added at this moment; ask again") from problem
    _queue(ctx, document, job)
    return document, True


def _queue(ctx: Unit, document: Document, job: Job) -> None:
    ctx.enqueue(job, IndexDocument(document_id=document.id), ordered_by=f"document:{document.id}")


def _new(ctx: Unit, base: Base, *, name: str, media_type: str, content_hash: str) -> Document:
    return Document(
        organization_id=ctx.organization_id,
        id=ctx.new_id("doc"),
        knowledge_base_id=base.id,
        title=name,
        name=name,
        media_type=media_type,
        file_id=None,
        text=None,
        content_hash=content_hash,
        state="queued",
        progress=0,
        reason=None,
        version=0,
        chunks=0,
        created_at=ctx.now(),
        updated_at=ctx.now(),
    )


def _with(document: Document, **fields: str) -> Document:

    return msgspec.structs.replace(document, **fields)
