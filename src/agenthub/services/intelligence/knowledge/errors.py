"""What can go wrong with knowledge."""

from agenthub.kit.errors import Conflict, NotFound


class BaseUnknown(NotFound):
    code = "knowledge_base_unknown"


class DocumentUnknown(NotFound):
    code = "document_unknown"


class NameTaken(Conflict):
    code = "name_taken"
    title = "The name is taken"


class NotIndexable(Conflict):
    code = "document_busy"
    title = "The document is being indexed"
