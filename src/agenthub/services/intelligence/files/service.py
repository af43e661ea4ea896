"""The manifest of files."""

from pathlib import Path

from agenthub.contracts.files import FileDeleted, FileUploaded
from agenthub.contracts.knowledge import DocumentDeleted
from agenthub.kit.service import Service
from agenthub.services.intelligence.files import api, handlers, internal, jobs, models, removal
from agenthub.services.intelligence.files.settings import FilesSettings

service = Service(
    name="files",
    summary="Keeps the bytes that people and services hand over, and knows what they truly are.",
    folder=Path(__file__).parent,
    port=3009,
    prefixes=["/api/files", "/f"],
    settings=FilesSettings,
    tables=models.metadata,
    routes=[api.router],
    internal=internal.routes,
    publishes=[FileUploaded, FileDeleted],
    subscribes={DocumentDeleted: handlers.release_files},
    jobs=[removal.REMOVE_CONTENT],
    schedules=[jobs.SWEEP],
)
