"""The statements of knowledge, compiled once."""

from sqlalchemy import bindparam, delete, select, update

from agenthub.kit.db import any_of, one_of
from agenthub.services.intelligence.knowledge.models import bases, chunks, documents

BASE = select(bases).where(bases.c.id == bindparam("base_id"))
BASE_BY_NAME = select(bases).where(bases.c.name == bindparam("name"))
BASES = select(bases).where(bases.c.id > bindparam("after")).order_by(bases.c.id).limit(bindparam("limit"))
DELETE_BASE = delete(bases).where(bases.c.id == bindparam("base_id"))

DOCUMENT = select(documents).where(documents.c.id == bindparam("document_id"))
DOCUMENT_WITH_CONTENT = select(documents).where(
    documents.c.knowledge_base_id == bindparam("base_id"),
    documents.c.content_hash == bindparam("content_hash"),
    documents.c.name == bindparam("name"),
)
DOCUMENTS = (
    select(documents)
    .where(documents.c.knowledge_base_id == bindparam("base_id"), documents.c.id > bindparam("after"))
    .order_by(documents.c.id)
    .limit(bindparam("limit"))
)
FILES_OF_BASE = select(documents.c.file_id).where(
    documents.c.knowledge_base_id == bindparam("base_id"), documents.c.file_id.is_not(None)
)
DELETE_DOCUMENT = delete(documents).where(documents.c.id == bindparam("document_id"))
DELETE_DOCUMENTS = delete(documents).where(documents.c.knowledge_base_id == bindparam("base_id"))
SET_STATE = (
    update(documents)
    .where(documents.c.id == bindparam("document_id"))
    .values(
        state=bindparam("new_state"),
        progress=bindparam("percent"),
        reason=bindparam("why"),
        updated_at=bindparam("now"),
    )
)
SET_INDEXED = (
    update(documents)
    .where(documents.c.id == bindparam("document_id"))
    .values(
        state="indexed",
        progress=100,
        reason=None,
        title=bindparam("new_title"),
        version=bindparam("new_version"),
        chunks=bindparam("how_many"),
        updated_at=bindparam("now"),
    )
)
QUEUE_AGAIN = (
    update(documents)
    .where(documents.c.id == bindparam("document_id"), one_of(documents.c.state, "indexed", "failed"))
    .values(state="queued", progress=0, reason=None, updated_at=bindparam("now"))
)

CHUNK_IDS = select(chunks.c.id).where(chunks.c.document_id == bindparam("document_id"))
CHUNKS_OF_DOCUMENT = (
    select(chunks)
    .where(chunks.c.document_id == bindparam("document_id"), chunks.c.position > bindparam("after"))
    .order_by(chunks.c.position)
    .limit(bindparam("limit"))
)
DELETE_CHUNKS = delete(chunks).where(chunks.c.document_id == bindparam("document_id"))
DELETE_CHUNKS_OF_BASE = delete(chunks).where(chunks.c.knowledge_base_id == bindparam("base_id"))
FOUND = (
    select(chunks, documents.c.title, documents.c.file_id)
    .select_from(chunks.join(documents, documents.c.id == chunks.c.document_id))
    .where(any_of(chunks.c.id, "ids"))
)
