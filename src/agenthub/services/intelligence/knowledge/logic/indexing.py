"""Reads a document in a child process, cuts it into passages, and makes them findable all at once."""

import base64
import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from agenthub.contracts.embeddings import EmbeddingsClient, PointToStore
from agenthub.contracts.files import FilesClient
from agenthub.contracts.knowledge import DocumentFailed, DocumentIndexed
from agenthub.kit.service import Job
from agenthub.kit.workers.child import MEBIBYTE, ChildLimits
from agenthub.services.intelligence.knowledge import models, statements
from agenthub.services.intelligence.knowledge.chunking import Chunk, chunks_of
from agenthub.services.intelligence.knowledge.logic import bases
from agenthub.services.intelligence.knowledge.logic.unit import Unit, index_of
from agenthub.services.intelligence.knowledge.models import ChunkRow, Document, ForgetVectors
from agenthub.services.intelligence.knowledge.parsers.document import ParsedDocument
from agenthub.services.intelligence.knowledge.parsers.entry import ParseRequest
from agenthub.services.intelligence.knowledge.stores.lexical import Entry

PARSE = "agenthub.services.intelligence.knowledge.parsers.entry.parse_request"
BATCH = 128
MOST_OUTPUT = 64 * MEBIBYTE


async def note(ctx: Unit, document: Document, state: str, percent: int, why: str | None = None) -> None:
    """Show how far it is, in a unit of its own."""
    async with ctx.fresh() as unit:
        await unit.db.execute(
            statements.SET_STATE,
            document_id=document.id,
            new_state=state,
            percent=percent,
            why=why,
            now=unit.now(),
        )


async def parse(ctx: Unit, document: Document) -> ParsedDocument:
    """The document's blocks; ChildFailed with a plain reason when it cannot be read."""
    with tempfile.TemporaryDirectory(prefix="agenthub-") as folder:
        path = Path(folder) / "document"
        await _fetch(ctx, document, path)
        request = ParseRequest(path=str(path), media_type=document.media_type, name=document.name)
        limits = ChildLimits(
            memory_bytes=ctx.settings.parse_memory_mebibytes * MEBIBYTE,
            cpu_seconds=ctx.settings.parse_seconds,
            wall_seconds=ctx.settings.parse_seconds,
            output_bytes=MOST_OUTPUT,
        )
        raw = await ctx.runtime.ports.children.run(PARSE, msgspec.json.encode(request), limits)
    return msgspec.json.decode(raw, type=ParsedDocument)


async def cut(ctx: Unit, document: Document, parsed: ParsedDocument) -> list[ChunkRow]:
    """The passages of the next version; their ids are the same however often this is repeated."""
    size, overlap = ctx.settings.chunk_tokens, ctx.settings.chunk_overlap_tokens
    chunks = await ctx.runtime.ports.threads.run(_cut, parsed, size, overlap)
    version = document.version + 1
    return [_row(document, version, chunk) for chunk in chunks]


async def embed(ctx: Unit, document: Document, rows: Sequence[ChunkRow]) -> None:
    """Store the passages' vectors; until the version is shown nobody looks them up."""
    client = ctx.client(EmbeddingsClient)
    for start in range(0, len(rows), BATCH):
        points = [
            PointToStore(id=row.id, text=row.text, payload={"document_id": row.document_id})
            for row in rows[start : start + BATCH]
        ]
        await client.store(document.knowledge_base_id, points)
        await note(ctx, document, "embedding", 30 + 60 * min(start + BATCH, len(rows)) // len(rows))


async def show(
    ctx: Unit, document: Document, parsed: ParsedDocument, rows: Sequence[ChunkRow], forget: Job
) -> None:
    """Let the new version answer instead of the former, in one transaction."""
    base = await bases.found(ctx, document.knowledge_base_id)
    await ctx.db.lock()
    former = [row["id"] for row in await ctx.db.all(statements.CHUNK_IDS, dict, document_id=document.id)]
    index = index_of(ctx)
    await index.remove(base.id, former)
    await ctx.db.execute(statements.DELETE_CHUNKS, document_id=document.id)
    await ctx.db.insert(models.chunks, *rows)
    await index.add(base.id, [Entry(row.id, row.text, base.language) for row in rows])
    await ctx.db.execute(
        statements.SET_INDEXED,
        document_id=document.id,
        new_title=parsed.title,
        new_version=document.version + 1,
        how_many=len(rows),
        now=ctx.now(),
    )
    gone = sorted(set(former) - {row.id for row in rows})
    if gone:
        ctx.enqueue(forget, ForgetVectors(knowledge_base_id=base.id, chunk_ids=gone))
    ctx.publish(
        DocumentIndexed(
            knowledge_base_id=base.id,
            document_id=document.id,
            version=document.version + 1,
            chunks=len(rows),
        )
    )


async def fail(ctx: Unit, document: Document, stage: str, reason: str) -> None:
    """End with a reason that its owner understands; a former version goes on answering."""
    await ctx.db.execute(
        statements.SET_STATE,
        document_id=document.id,
        new_state="failed",
        percent=0,
        why=reason,
        now=ctx.now(),
    )
    ctx.publish(DocumentFailed(document_id=document.id, stage=stage, reason=reason))


async def _fetch(ctx: Unit, document: Document, path: Path) -> None:
    threads = ctx.runtime.ports.threads
    if document.file_id is None:
        await threads.run(path.write_bytes, (document.text or "").encode())
        return
    with path.open("wb") as file:
        async for piece in ctx.client(FilesClient).content(document.file_id):
            await threads.run(file.write, piece)


def _cut(parsed: ParsedDocument, size: int, overlap: int) -> list[Chunk]:
    return chunks_of(parsed.blocks, size=size, overlap=overlap)


def _row(document: Document, version: int, chunk: Chunk) -> ChunkRow:
    name = f"{document.id}:{version}:{chunk.position}".encode()
    digest = hashlib.blake2b(name, digest_size=15).digest()
    return ChunkRow(
        organization_id=document.organization_id,
        id=f"chk_{base64.b32hexencode(digest).decode().lower()}",
        knowledge_base_id=document.knowledge_base_id,
        document_id=document.id,
        version=version,
        position=chunk.position,
        text=chunk.text,
        tokens=chunk.tokens,
        section=list(chunk.section),
        pages=[[start.offset, start.page] for start in chunk.pages],
        sections=[(start.offset, start.path) for start in chunk.sections],
    )
