"""What the public routes of knowledge take and answer."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class NewBase(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=200)
    language: str | None = Field(None, max_length=16, description="ISO 639-1 code; guessed when absent.")


class BaseShape(BaseModel):
    id: str
    name: str
    language: str | None
    created_at: datetime


class NewDocument(BaseModel):
    """Either an uploaded file, or a title with a text."""

    model_config = ConfigDict(extra="forbid")
    file_id: str | None = Field(None, max_length=64)
    title: str | None = Field(None, min_length=1, max_length=500)
    text: str | None = Field(None, min_length=1)
    media_type: str = Field("text/markdown", pattern="^text/(plain|markdown|html)$")

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if (self.file_id is None) == (self.text is None) or (self.text is not None and self.title is None):
            raise ValueError("send file_id, or title and text")
        return self


class DocumentShape(BaseModel):
    """`state`: queued, parsing, embedding, indexed or failed with its `reason`; `progress` in percent."""

    id: str
    knowledge_base_id: str
    title: str
    name: str
    media_type: str
    file_id: str | None
    state: str
    progress: int
    reason: str | None
    version: int
    chunks: int
    created_at: datetime
    updated_at: datetime


class ChunkShape(BaseModel):
    id: str
    position: int
    text: str
    tokens: int
    section: list[str]
    page: int | None


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid")
    question: str = Field(min_length=1, max_length=4000)
    limit: int = Field(8, ge=1, le=50)


class QuestionToSeveral(Question):
    knowledge_base_ids: list[str] = Field(min_length=1, max_length=50)


class PassageShape(BaseModel):
    """A passage word for word, where it stands, and the scores that brought it here."""

    chunk_id: str
    document_id: str
    knowledge_base_id: str
    title: str
    text: str
    page: int | None
    section: list[str]
    file_id: str | None
    version: int
    score: float
    lexical_score: float
    vector_score: float
