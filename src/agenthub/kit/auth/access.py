"""What a route asks of its caller; every route says it, in its OpenAPI entry."""

from typing import Any

from agenthub.kit.auth.principal import Principal
from agenthub.kit.errors import Forbidden, NotFound, Unauthenticated

KEY = "x-access"


def needs(permission: str) -> dict[str, Any]:
    """Only callers of an organization that hold this permission."""
    return {KEY: permission}


def signed_in() -> dict[str, Any]:
    """Any caller who is known, whatever their permissions."""
    return {KEY: "signed-in"}


def public(why: str) -> dict[str, Any]:
    """Anyone; `why` says what protects the route instead."""
    return {KEY: "public", "x-public-because": why}


def admit(rule: str, caller: Principal) -> None:
    """Pass, or raise Unauthenticated or Forbidden naming what is missing."""
    if rule == "public":
        return
    if not caller.is_known:
        raise Unauthenticated("send a bearer token: sign in at /api/auth/login or make an API key")
    if rule == "signed-in" or caller.kind == "service":
        return
    if caller.organization_id is None:
        raise Forbidden("choose an organization first: you belong to none yet", code="organization_missing")
    if not caller.may(rule):
        raise Forbidden(
            f"this needs the permission {rule}; ask an owner or admin of your organization for it",
            extra={"permission": rule},
        )


def admit_internal(caller: Principal) -> None:
    """Only other services; to everyone else the route does not exist."""
    if caller.via is None:
        raise NotFound("there is no such route")
