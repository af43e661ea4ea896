"""Exit codes: what each means, and which a problem ends with."""

from collections.abc import Mapping

from agenthub.kit.errors import Problem

FAILED = 1
USAGE = 2
NOT_ALLOWED = 3
NOT_FOUND = 4
CONFLICT = 5
TEMPORARY = 75
INTERRUPTED = 130

EXIT_CODES: Mapping[int, str] = {
    0: "done",
    FAILED: "failed",
    USAGE: "wrong usage",
    NOT_ALLOWED: "not signed in or not allowed",
    NOT_FOUND: "not found",
    CONFLICT: "conflict",
    TEMPORARY: "temporary, try again later",
    INTERRUPTED: "interrupted",
}
_BY_STATUS = {
    401: NOT_ALLOWED,
    403: NOT_ALLOWED,
    404: NOT_FOUND,
    409: CONFLICT,
    412: CONFLICT,
    429: TEMPORARY,
    503: TEMPORARY,
}


def exit_code(problem: Problem) -> int:
    """By the problem's status; a wrong configuration does not mend itself by waiting."""
    if problem.problem_code == "misconfigured":
        return FAILED
    return _BY_STATUS.get(problem.status, FAILED)
