"""The public routes of auth."""

import re
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from agenthub.kit.app.routes import Router, context
from agenthub.kit.auth.access import public, signed_in
from agenthub.kit.context import Context
from agenthub.services.core.auth.logic import accounts, first_owner, sessions
from agenthub.services.core.auth.logic.places import place_in, place_of_session
from agenthub.services.core.auth.logic.sessions import Device, Tokens
from agenthub.services.core.auth.logic.signing import published_keys
from agenthub.services.core.auth.models import Credential, SessionRow
from agenthub.services.core.auth.settings import AuthSettings

router = Router()
Ctx = Annotated[Context[AuthSettings], Depends(context)]

_EMAIL = re.compile(
    r"[^\s@<>(),;:\"\\\x00-\x1f]{1,64}@[^\s@<>(),;:\"\\\x00-\x1f.]+(\.[^\s@<>(),;:\"\\\x00-\x1f.]+)*"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DEVICE_LENGTH = 200


def _email(value: str) -> str:
    value = value.strip().lower()
    if not _EMAIL.fullmatch(value):
        raise ValueError("this is no e-mail address")
    return value


def _line(value: str) -> str:
    value = value.strip()
    if not value or _CONTROL.search(value):
        raise ValueError("write one line of text")
    return value


Email = Annotated[str, Field(max_length=254), AfterValidator(_email)]
Name = Annotated[str, Field(max_length=100), AfterValidator(_line)]
Password = Annotated[str, Field(max_length=1024)]
Token = Annotated[str, Field(min_length=1, max_length=512)]


def _device(request: Request) -> Device:
    name = _CONTROL.sub("", request.headers.get("user-agent", ""))[:_DEVICE_LENGTH]
    return Device(name, request.client.host if request.client else "-")


From = Annotated[Device, Depends(_device)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Setup(Body):
    token: Token
    email: Email
    password: Password
    name: Name
    organization_name: Name


class Registration(Body):
    """`invitation_token` joins the organization that invited; else one is made with the name."""

    email: Email
    password: Password
    name: Name
    organization_name: Name | None = None
    invitation_token: Token | None = None
    locale: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")] = "en"


class Registered(BaseModel):
    """The same whether or not the address had an account."""

    email: str
    next: str = "sign in at /api/auth/login; if the address had an account before, its password still counts"


class Login(Body):
    email: Annotated[str, Field(max_length=254)]
    password: Password
    organization_id: str | None = None


class Renewal(Body):
    refresh_token: Token


class PasswordChange(Body):
    current_password: Password
    new_password: Password


class Switch(Body):
    organization_id: Annotated[str, Field(max_length=64)]


class User(BaseModel):
    id: str
    email: str
    name: str


class Organization(BaseModel):
    id: str
    name: str
    slug: str
    roles: list[str]


class Access(BaseModel):
    access_token: str
    token_type: str = "Bearer"  # noqa: S105  RFC 6750
    expires_in: int = Field(description="Seconds.")


class SignedIn(Access):
    """`organization` is null while a new account is being placed; renew a moment later."""

    refresh_token: str
    user: User
    organization: Organization | None


class Me(BaseModel):
    user: User
    session_id: str
    organization: Organization | None


class Session(BaseModel):
    id: str
    device: str
    ip: str
    created_at: str
    seen_at: str
    is_current: bool


class SessionList(BaseModel):
    items: list[Session]
    next_cursor: str | None = None


@router.post(
    "/api/auth/setup", status_code=201, openapi_extra=public("the one-time token of the set-up link")
)
async def set_up(ctx: Ctx, body: Setup, device: From) -> SignedIn:
    """Make the first owner and their organization."""
    new = accounts.NewAccount(body.email, body.password, body.name, body.organization_name)
    return _signed_in(ctx, *await first_owner.set_up(ctx, body.token, new, device))


@router.post(
    "/api/auth/register", status_code=201, openapi_extra=public("closed, or limited by network address")
)
async def register(ctx: Ctx, body: Registration, device: From) -> Registered:
    """Make an account; the answer does not tell whether the address has one."""
    new = accounts.NewAccount(body.email, body.password, body.name, body.organization_name, body.locale)
    await accounts.register(ctx, new, body.invitation_token, device.ip)
    return Registered(email=body.email)


@router.post("/api/auth/login", openapi_extra=public("the password; tries are slowed down"))
async def log_in(ctx: Ctx, body: Login, device: From) -> SignedIn:
    """Prove who you are by password."""
    email = body.email.strip().lower()
    return _signed_in(ctx, *await accounts.log_in(ctx, email, body.password, body.organization_id, device))


@router.post("/api/auth/refresh", openapi_extra=public("the refresh token"))
async def renew(ctx: Ctx, body: Renewal) -> SignedIn:
    """New tokens for a refresh token, which is good once."""
    tokens = await sessions.renew(ctx, body.refresh_token)
    return _signed_in(ctx, await accounts.person_of(ctx, tokens.session.user_id), tokens)


@router.post("/api/auth/logout", status_code=204, openapi_extra=signed_in())
async def log_out(ctx: Ctx) -> None:
    """End this session."""
    session = await sessions.current_session(ctx)
    await sessions.end_session(ctx, session.user_id, session.id, "logged_out")


@router.post("/api/auth/logout-all", status_code=204, openapi_extra=signed_in())
async def log_out_everywhere(ctx: Ctx) -> None:
    """End every session of yours."""
    session = await sessions.current_session(ctx)
    await sessions.end_all(ctx, session.user_id, "logged_out_everywhere")


@router.get("/api/auth/me", openapi_extra=signed_in())
async def me(ctx: Ctx) -> Me:
    """Who you are, and where you are at work."""
    session = await sessions.current_session(ctx)
    person = await accounts.person_of(ctx, session.user_id)
    place = await place_of_session(ctx, session) if session.organization_id else None
    return Me(user=_user(person), session_id=session.id, organization=_organization(place))


@router.get("/api/auth/sessions", openapi_extra=signed_in())
async def list_sessions(ctx: Ctx) -> SessionList:
    """Where you are signed in, the last used first."""
    current = await sessions.current_session(ctx)
    found = await sessions.open_sessions(ctx, current.user_id)
    return SessionList(items=[_session(row, current) for row in found])


@router.delete("/api/auth/sessions/{session_id}", status_code=204, openapi_extra=signed_in())
async def end_session(ctx: Ctx, session_id: str) -> None:
    """Sign out elsewhere."""
    current = await sessions.current_session(ctx)
    await sessions.end_session(ctx, current.user_id, session_id, "ended_by_owner")


@router.post("/api/auth/change-password", openapi_extra=signed_in())
async def change_password(ctx: Ctx, body: PasswordChange, device: From) -> SignedIn:
    """Set another password; every session ends and this device gets a new one."""
    session = await sessions.current_session(ctx)
    changed = await accounts.change_password(
        ctx, session.user_id, body.current_password, body.new_password, device
    )
    return _signed_in(ctx, *changed)


@router.post("/api/auth/switch-organization", openapi_extra=signed_in())
async def switch_organization(ctx: Ctx, body: Switch) -> Access:
    """Work in another organization of yours from now on; the refresh token stays."""
    session = await sessions.current_session(ctx)
    place = await place_in(ctx, session.user_id, body.organization_id)
    token = await sessions.move(ctx, session, place)
    return Access(access_token=token, expires_in=_life(ctx))


@router.get("/oauth/jwks", openapi_extra=public("they are public keys"))
async def key_set(ctx: Ctx, response: Response) -> dict[str, list[dict[str, Any]]]:
    """The keys that verify access tokens (RFC 7517)."""
    response.headers["Cache-Control"] = "public, max-age=300"
    keys = await published_keys(ctx)
    return {"keys": [{name: getattr(key, name) for name in key.__struct_fields__} for key in keys]}


def _signed_in(ctx: Ctx, person: Credential, tokens: Tokens) -> SignedIn:
    return SignedIn(
        access_token=tokens.access_token,
        expires_in=_life(ctx),
        refresh_token=tokens.refresh_token,
        user=_user(person),
        organization=_organization(tokens.place),
    )


def _life(ctx: Context[AuthSettings]) -> int:
    return ctx.settings.access_token_minutes * 60


def _user(person: Credential) -> User:
    return User(id=person.user_id, email=person.email, name=person.name)


def _organization(place: Any) -> Organization | None:
    if place is None:
        return None
    return Organization(id=place.organization_id, name=place.name, slug=place.slug, roles=list(place.roles))


def _session(row: SessionRow, current: SessionRow) -> Session:
    return Session(
        id=row.id,
        device=row.device,
        ip=row.ip,
        created_at=row.created_at.isoformat(),
        seen_at=row.seen_at.isoformat(),
        is_current=row.id == current.id,
    )
