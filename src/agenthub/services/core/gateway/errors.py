"""The gateway's own refusals."""

from agenthub.kit.errors import Problem


class HeadersTooLarge(Problem):
    status = 431
    code = "headers_too_large"
    title = "The headers are too large"


class MethodNotAllowed(Problem):
    status = 405
    code = "method_not_allowed"
    title = "This method is not offered here"
