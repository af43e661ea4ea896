"""Sessions: opened by a proof, renewed by rotating refresh tokens, ended by people or by theft."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from agenthub.contracts.auth import SessionRevoked
from agenthub.contracts.organizations import Membership
from agenthub.kit.context import Context
from agenthub.services.core.auth import models
from agenthub.services.core.auth.errors import (
    PersonRequired,
    RefreshTokenInvalid,
    RefreshTokenReused,
    SessionEnded,
    SessionUnknown,
)
from agenthub.services.core.auth.logic.places import place_of_session
from agenthub.services.core.auth.logic.signing import access_token
from agenthub.services.core.auth.models import Credential, RefreshToken, SessionId, SessionRow
from agenthub.services.core.auth.settings import AuthSettings

GRACE = timedelta(seconds=10)
_TOKEN_BYTES = 32
_PREFIX = "rt_"
_ROTATION = "refresh token rotation"


@dataclass(frozen=True)
class Device:
    """From where somebody signs in: the program's own name, and its network address."""

    name: str
    ip: str


@dataclass(frozen=True)
class Tokens:
    """What a session is used with; the refresh token is good for one use."""

    access_token: str
    refresh_token: str
    session: SessionRow
    place: Membership | None


async def open_session(
    ctx: Context[AuthSettings], person: Credential, place: Membership | None, device: Device
) -> Tokens:
    """A new session and its first tokens."""
    now = ctx.now()
    session = SessionRow(
        id=ctx.new_id("ses"),
        user_id=person.user_id,
        organization_id=place.organization_id if place else None,
        roles=list(place.roles) if place else [],
        device=device.name,
        ip=device.ip,
        created_at=now,
        seen_at=now,
        expires_at=now + timedelta(days=ctx.settings.session_days),
        revoked_at=None,
        revoked_because=None,
    )
    access = await access_token(ctx, session)
    refresh = _PREFIX + _text(secrets.token_bytes(_TOKEN_BYTES))
    await ctx.db.insert(models.sessions, session)
    await _store(ctx, refresh, session)
    return Tokens(access, refresh, session, place)


async def renew(ctx: Context[AuthSettings], token: str) -> Tokens:
    """The next tokens of the session; a token that was used before ends it (RFC 9700, 4.14.2)."""
    now = ctx.now()
    known = await ctx.db.one(models.REFRESH_TOKEN, RefreshToken, hash=_hash(token))
    if known is None or known.expires_at <= now:
        raise RefreshTokenInvalid("the refresh token is unknown or over; sign in again")
    if known.used_at is not None and known.used_at < now - GRACE:
        await _end_family(ctx, known)
    session = await ctx.db.one(models.SESSION, SessionRow, id=known.session_id)
    if session is None or session.revoked_at is not None or session.expires_at <= now:
        raise RefreshTokenInvalid("the session has ended; sign in again")
    place = await place_of_session(ctx, session)
    session = _placed(session, place)
    access = await access_token(ctx, session)
    successor = _successor(ctx, token)
    if await ctx.db.execute(models.USE_REFRESH_TOKEN, token=known.hash, now=now):
        await _store(ctx, successor, session)
    # Parallel tabs that were later get the same successor, which is derived and not kept.
    await ctx.db.execute(
        models.RENEW_SESSION,
        session=session.id,
        now=now,
        organization=session.organization_id,
        roles=session.roles,
    )
    return Tokens(access, successor, session, place)


async def current_session(ctx: Context[AuthSettings]) -> SessionRow:
    """The caller's own session; SessionEnded as soon as it is revoked, whatever others still remember."""
    if ctx.caller.session_id is None:
        raise PersonRequired("this is for people; sign in with e-mail and password")
    session = await ctx.db.one(models.SESSION, SessionRow, id=ctx.caller.session_id)
    if session is None or session.revoked_at is not None or session.expires_at <= ctx.now():
        raise SessionEnded("this session has ended; sign in again")
    return session


async def move(ctx: Context[AuthSettings], session: SessionRow, place: Membership) -> str:
    """Make another organization the session's; the access token for it."""
    session = _placed(session, place)
    access = await access_token(ctx, session)
    await ctx.db.execute(
        models.RENEW_SESSION,
        session=session.id,
        now=ctx.now(),
        organization=session.organization_id,
        roles=session.roles,
    )
    return access


async def open_sessions(ctx: Context[AuthSettings], user_id: str) -> Sequence[SessionRow]:
    """Those that have not ended, the last used first."""
    return await ctx.db.all(models.OPEN_SESSIONS, SessionRow, user_id=user_id, now=ctx.now())


async def end_session(ctx: Context[AuthSettings], user_id: str, session_id: str, reason: str) -> None:
    """End one session of this person; SessionUnknown when it is somebody else's or has ended."""
    session = await ctx.db.one(models.SESSION, SessionRow, id=session_id)
    if session is None or session.user_id != user_id or session.revoked_at is not None:
        raise SessionUnknown("you have no such session; see /api/auth/sessions")
    await _revoke(ctx, session, reason)


async def end_all(
    ctx: Context[AuthSettings], user_id: str, reason: str, *, organization_id: str | None = None
) -> None:
    """End every session of this person, or those in one organization."""
    for session in await open_sessions(ctx, user_id):
        if organization_id is None or session.organization_id == organization_id:
            await _revoke(ctx, session, reason)


async def revoked_sessions(ctx: Context[AuthSettings]) -> tuple[str, ...]:
    """Those whose access tokens could still be running, with a minute for clocks that go wrong."""
    since = ctx.now() - timedelta(minutes=ctx.settings.access_token_minutes + 2)
    return tuple(row.id for row in await ctx.db.all(models.REVOKED_SINCE, SessionId, since=since))


async def _end_family(ctx: Context[AuthSettings], token: RefreshToken) -> None:
    async with ctx.fresh() as c:
        session = await c.db.one(models.SESSION, SessionRow, id=token.session_id)
        if session is not None and session.revoked_at is None:
            await _revoke(c, session, "refresh_token_reused")
    raise RefreshTokenReused(
        "this refresh token was used before, so its session has ended; sign in again and change the password"
        " if it was not you"
    )


async def _revoke(ctx: Context[AuthSettings], session: SessionRow, reason: str) -> None:
    if await ctx.db.execute(models.REVOKE_SESSION, session=session.id, now=ctx.now(), reason=reason):
        ctx.publish(
            SessionRevoked(
                user_id=session.user_id,
                session_id=session.id,
                reason=reason,
                organization_id=session.organization_id,
            )
        )


async def _store(ctx: Context[AuthSettings], token: str, session: SessionRow) -> None:
    now: datetime = ctx.now()
    idle = now + timedelta(days=ctx.settings.refresh_token_days)
    row = RefreshToken(_hash(token), session.id, now, min(idle, session.expires_at), None)
    await ctx.db.insert(models.refresh_tokens, row)


def _placed(session: SessionRow, place: Membership | None) -> SessionRow:
    return msgspec.structs.replace(
        session,
        organization_id=place.organization_id if place else None,
        roles=list(place.roles) if place else [],
    )


def _successor(ctx: Context[AuthSettings], token: str) -> str:
    key = ctx.runtime.ports.master.derive(_ROTATION)
    return _PREFIX + _text(hmac.digest(key, token.encode(), hashlib.sha256))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
