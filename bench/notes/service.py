"""The service: one table, one event, one internal route."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Column, MetaData, Text, bindparam, select

from agenthub.kit.app.internal import InternalRoute
from agenthub.kit.context import Context
from agenthub.kit.db import Json, Timestamp, tenant_table
from agenthub.kit.events import Event
from agenthub.kit.service import Service

PAGE = 50
metadata = MetaData()
notes = tenant_table(
    "notes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("book", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("labels", Json, nullable=False),
    Column("created_at", Timestamp, nullable=False),
)


class Note(msgspec.Struct, frozen=True):
    organization_id: str
    id: str
    book: str
    title: str
    body: str
    labels: list[str]
    created_at: datetime


class NoteKept(Event, topic="notes.note_kept", ordered_by="note_id"):
    """A note was kept."""

    note_id: str


class Question(msgspec.Struct, frozen=True):
    id: str


class Answer(msgspec.Struct, frozen=True):
    id: str
    title: str


BY_ID = select(notes).where(notes.c.id == bindparam("id"))
IN_BOOK = select(notes).where(notes.c.book == bindparam("book")).order_by(notes.c.id).limit(PAGE)


async def count(ctx: Context[Any], event: NoteKept) -> None:
    """Nothing beyond what hearing costs."""


async def tell(_ctx: Context[Any], question: Question) -> Answer:
    return Answer(question.id, "a title of the usual length")


service = Service(
    name="notes",
    summary="Keeps notes.",
    folder=Path(__file__).parent,
    port=3998,
    tables=metadata,
    internal=[InternalRoute("/internal/notes/tell", tell, Question)],
    publishes=[NoteKept],
    subscribes={NoteKept: count},
)
