"""What knowledge says: documents that can be asked, and the passages that answer."""

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from agenthub.kit.calls.door import Door
from agenthub.kit.events import Event


class DocumentIndexed(Event, topic="knowledge.document_indexed", ordered_by="document_id"):
    """A version of a document can be found; published once per version."""

    knowledge_base_id: str
    document_id: str
    version: int
    chunks: int


class DocumentFailed(Event, topic="knowledge.document_failed", ordered_by="document_id"):
    """A document cannot be read; published at the final failure. `reason` is a plain sentence."""

    document_id: str
    stage: str
    reason: str


class DocumentDeleted(Event, topic="knowledge.document_deleted", ordered_by="document_id"):
    """A document is gone; published once."""

    document_id: str
    file_ids: tuple[str, ...]


class KnowledgeBaseDeleted(Event, topic="knowledge.knowledge_base_deleted", ordered_by="knowledge_base_id"):
    """A knowledge base is gone with all its documents; published once."""

    knowledge_base_id: str


class SearchQuestion(msgspec.Struct, frozen=True, kw_only=True):
    knowledge_base_ids: Sequence[str]
    question: str
    limit: int = 8


class PassageFound(msgspec.Struct, frozen=True, kw_only=True):
    """A passage word for word, where it stands, and how well it fits (0 to 1 over the found ones).

    `page` counts from 1 and is absent where the format has none; `section` is the path of headings above,
    outermost first. Both are those of the first word. `pages` holds (offset, page) and `sections`
    (offset, path) in order: from that character of `text` on, it stands there. Either is empty where nothing
    is known, and then `page` and `section` hold for the whole text.
    """

    chunk_id: str
    document_id: str
    knowledge_base_id: str
    title: str
    text: str
    page: int | None
    pages: tuple[tuple[int, int], ...] = ()
    section: tuple[str, ...] = ()
    sections: tuple[tuple[int, tuple[str, ...]], ...] = ()
    file_id: str | None = None
    version: int = 1
    score: float = 0.0
    lexical_score: float = 0.0
    vector_score: float = 0.0


class CreateBase(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    language: str


class AddText(msgspec.Struct, frozen=True, kw_only=True):
    knowledge_base_id: str
    title: str
    text: str
    media_type: str


class Made(msgspec.Struct, frozen=True, kw_only=True):
    id: str


class KnowledgeClient:
    """The door to knowledge."""

    service: ClassVar[str] = "knowledge"

    def __init__(self, door: Door) -> None:
        self._door = door

    async def search(
        self, knowledge_base_ids: Sequence[str], question: str, limit: int = 8
    ) -> list[PassageFound]:
        """The passages that answer best, best first; bases of other organizations are NotFound."""
        body = SearchQuestion(knowledge_base_ids=knowledge_base_ids, question=question, limit=limit)
        return await self._door.post("/internal/knowledge/search", body, list[PassageFound])

    async def create_base(self, name: str, language: str) -> str:
        """The id of the organization's base of this name, made when there is none."""
        body = CreateBase(name=name, language=language)
        return (await self._door.post("/internal/knowledge/bases", body, Made)).id

    async def add_text(self, knowledge_base_id: str, title: str, text: str, media_type: str) -> str:
        """The id of the base's document of this title with this text, made when there is none."""
        body = AddText(knowledge_base_id=knowledge_base_id, title=title, text=text, media_type=media_type)
        return (await self._door.post("/internal/knowledge/texts", body, Made)).id
