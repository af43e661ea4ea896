"""Errors that carry their HTTP status and render as RFC 9457 problem details."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class Problem(Exception):  # noqa: N818  the field's name for it (RFC 9457)
    """An expected failure: `detail` says what is wrong and what to do about it."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        retry_after: float | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problem_code = code or self.code
        self.retry_after = retry_after
        self.extra = dict(extra or {})

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.__dict__)

    def body(self, request_id: str) -> dict[str, Any]:
        """The problem document, ready for JSON."""
        return {
            "type": f"urn:agenthub:problem:{self.problem_code}",
            "title": self.title,
            "status": self.status,
            "code": self.problem_code,
            "detail": self.detail,
            "request_id": request_id,
            **self.extra,
        }


def _rebuild(kind: type[Problem], state: dict[str, Any]) -> Problem:
    problem = kind.__new__(kind, state["detail"])
    problem.__dict__.update(state)
    return problem


class BadRequest(Problem):
    status = 400
    code = "bad_request"
    title = "The request cannot be read"


class Unauthenticated(Problem):
    status = 401
    code = "unauthenticated"
    title = "Sign in first"


class PaymentRequired(Problem):
    status = 402
    code = "limit_reached"
    title = "A limit is reached"


class Forbidden(Problem):
    """Refused although the caller may see the thing; the detail names the missing permission."""

    status = 403
    code = "permission_missing"
    title = "A permission is missing"


class NotFound(Problem):
    """Absent, or of another organization: the answer is the same."""

    status = 404
    code = "not_found"
    title = "There is no such thing"


class Conflict(Problem):
    status = 409
    code = "conflict"
    title = "The state does not allow it"


class PreconditionFailed(Problem):
    status = 412
    code = "stale"
    title = "It has changed since you read it"


class TooLarge(Problem):
    status = 413
    code = "too_large"
    title = "Too large"


class Invalid(Problem):
    """Content that was read but cannot be accepted; `fields` maps each field to its reason."""

    status = 422
    code = "invalid"
    title = "Some of the content is not valid"

    def __init__(
        self,
        detail: str,
        *,
        fields: Mapping[str, str] | None = None,
        code: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        named = {"fields": dict(fields)} if fields else {}
        super().__init__(detail, code=code, extra={**named, **(extra or {})})


class TooManyRequests(Problem):
    status = 429
    code = "too_many_requests"
    title = "Too many requests"


class Unavailable(Problem):
    """Something we depend on is down or late; trying again later may work."""

    status = 503
    code = "unavailable"
    title = "Not available at the moment"


class Rejected(Problem):
    """An outside provider understood the request and refused it; trying again will not help."""

    status = 502
    code = "provider_rejected"
    title = "The provider refused the request"


class Misconfigured(Problem):
    """A setting or credential is missing or wrong; the detail names it and the mend."""

    status = 503
    code = "misconfigured"
    title = "The configuration needs attention"


KINDS: Sequence[type[Problem]] = (
    BadRequest,
    Unauthenticated,
    PaymentRequired,
    Forbidden,
    NotFound,
    Conflict,
    PreconditionFailed,
    TooLarge,
    Invalid,
    TooManyRequests,
    Unavailable,
    Rejected,
)


def from_body(status: int, body: Mapping[str, Any]) -> Problem:
    """The problem that another service answered with, as the class of its status."""
    kind = next((known for known in KINDS if known.status == status), Problem)
    problem = kind(str(body.get("detail", "no detail given")))
    problem.problem_code = str(body.get("code", kind.code))
    known = {"type", "title", "status", "code", "detail", "request_id"}
    problem.extra = {name: value for name, value in body.items() if name not in known}
    return problem
