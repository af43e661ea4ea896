"""What can go wrong with a file."""

from agenthub.kit.errors import BadRequest, Conflict, Invalid, NotFound, Problem, TooLarge


class FileUnknown(NotFound):
    code = "file_unknown"


class ContentLost(NotFound):
    """The file is known, but the store has its bytes no more."""

    code = "content_lost"
    title = "The bytes of this file are missing"


class FileTooLarge(TooLarge):
    code = "file_too_large"


class ChecksumMismatch(Invalid):
    code = "checksum_mismatch"
    title = "The bytes are not those that were announced"


class TypeMismatch(Invalid):
    code = "type_mismatch"
    title = "The content is not what it is called"


class TypeNotAllowed(Invalid):
    code = "type_not_allowed"
    title = "This kind of file does not serve the purpose"


class Malicious(Invalid):
    code = "malicious"
    title = "The content is known to be harmful"


class UploadUnreadable(BadRequest):
    code = "upload_unreadable"


class UploadExpired(Conflict):
    code = "upload_expired"


class RangeNotSatisfiable(Problem):
    status = 416
    code = "range_not_satisfiable"
    title = "The range begins behind the end"
