"""Every failure leaves as RFC 9457 problem details."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from agenthub.kit.errors import BadRequest, Invalid, NotFound, Problem
from agenthub.kit.tracing import current_request_id

MEDIA_TYPE = "application/problem+json"
_METHOD_NOT_ALLOWED = 405


class MethodNotAllowed(Problem):
    status = 405
    code = "method_not_allowed"
    title = "This method is not offered here"


def respond(problem: Problem) -> JSONResponse:
    """The problem as a response."""
    headers = {}
    if problem.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(problem.retry_after)))
    if problem.status == 401:  # noqa: PLR2004  RFC 9110 asks for the challenge
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(
        problem.body(current_request_id()), status_code=problem.status, media_type=MEDIA_TYPE, headers=headers
    )


def install(app: FastAPI) -> None:
    """Have the app answer problems, its framework's own included."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _unacceptable)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(Exception, _unexpected)


async def _problem(_request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, Problem)  # noqa: S101  registered for this class only
    return respond(problem)


async def _unacceptable(_request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, RequestValidationError)  # noqa: S101  as above
    errors: list[dict[str, Any]] = list(problem.errors())
    if any(error["type"] == "json_invalid" for error in errors):
        return respond(BadRequest("the body is not JSON; send an object with Content-Type: application/json"))
    fields = {".".join(str(part) for part in error["loc"][1:]) or "body": error["msg"] for error in errors}
    return respond(Invalid(f"check {', '.join(fields)}", fields=fields))


async def _framework(_request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, HTTPException)  # noqa: S101  as above
    if problem.status_code == _METHOD_NOT_ALLOWED:
        refused = respond(MethodNotAllowed("see /openapi.json for the methods of this route"))
        refused.headers.update(problem.headers or {})
        return refused
    if problem.status_code == BadRequest.status:
        return respond(BadRequest(str(problem.detail)))
    return respond(NotFound("there is no such route; see /openapi.json"))


async def _unexpected(_request: Request, _problem: Exception) -> JSONResponse:
    return respond(unexpected())


def unexpected() -> Problem:
    """What is told of an error that nobody declared: enough to find it in the logs."""
    return Problem("an unexpected error; quote the request id when you report it")
