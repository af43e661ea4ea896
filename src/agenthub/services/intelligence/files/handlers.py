"""What files does on hearing that its owners are gone."""

from contextlib import suppress

from agenthub.contracts.knowledge import DocumentDeleted
from agenthub.kit.context import Context
from agenthub.services.intelligence.files import logic
from agenthub.services.intelligence.files.errors import FileUnknown
from agenthub.services.intelligence.files.settings import FilesSettings


async def release_files(ctx: Context[FilesSettings], event: DocumentDeleted) -> None:
    """The files that a document was read from go with it; those deleted before are no error."""
    for file_id in event.file_ids:
        with suppress(FileUnknown):
            await logic.remove_file(ctx, file_id, "document_deleted")
