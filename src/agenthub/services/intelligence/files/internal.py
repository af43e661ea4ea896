"""What other services ask of files."""

from agenthub.contracts.files import FileFacts, FileQuestion
from agenthub.kit.app.internal import InternalRoute
from agenthub.kit.context import Context
from agenthub.services.intelligence.files import logic
from agenthub.services.intelligence.files.settings import FilesSettings


async def tell_facts(ctx: Context[FilesSettings], question: FileQuestion) -> FileFacts:
    """What is known of one file."""
    return logic.facts_of(await logic.find_file(ctx, question.file_id))


routes = [InternalRoute("/internal/files/facts", tell_facts, FileQuestion)]
