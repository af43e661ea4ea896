"""The first owner: by a link that is good once, or unattended from the settings; never by an open form."""

import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from agenthub.kit.context import Context
from agenthub.kit.errors import Misconfigured, Problem
from agenthub.kit.runtime import Runtime
from agenthub.services.core.auth import models
from agenthub.services.core.auth.errors import SetupDone, SetupTokenInvalid
from agenthub.services.core.auth.logic.accounts import NewAccount, add_account, announce_login, hash_new
from agenthub.services.core.auth.logic.places import place_of
from agenthub.services.core.auth.logic.sessions import Device, Tokens, move, open_session, open_sessions
from agenthub.services.core.auth.models import Credential
from agenthub.services.core.auth.settings import AuthSettings

_PURPOSE = "setup"
_DUTY = "first owner"
_TOKEN_BYTES = 24
# No network address is spelled like this, so nobody else's device passes for it.
_HERE = Device("agenthub on this machine", "local")


class FirstOwner:
    """This replica's set-up token: in clear in memory only, so that a link can be printed."""

    def __init__(self) -> None:
        self.token: str | None = None

    async def prepare(self, ctx: Context[AuthSettings]) -> None:
        """Make the owner whom the settings name, or else a new token, while there is nobody."""
        if await ctx.db.scalar(models.COUNT_CREDENTIALS):
            return
        settings = ctx.settings
        password = settings.admin_password.get_secret_value()
        if bool(settings.admin_email) != bool(password):
            raise Misconfigured(
                "auth.admin_email and auth.admin_password go together: set both, or neither for a set-up link"
            )
        if settings.admin_email:
            await _make_unattended(ctx, NewAccount(settings.admin_email.strip().lower(), password, "Owner"))
            return
        self.token = secrets.token_urlsafe(_TOKEN_BYTES)
        replica = ctx.runtime.ports.replica
        await ctx.db.execute(models.DROP_CODES_OF, purpose=_PURPOSE, subject=replica)
        await ctx.db.insert(
            models.one_time_codes,
            {
                "hash": _hash(self.token),
                "purpose": _PURPOSE,
                "subject": replica,
                "created_at": ctx.now(),
                "expires_at": None,
            },
        )


@asynccontextmanager
async def open_first_owner(runtime: Runtime) -> AsyncIterator[FirstOwner]:
    """Ready before the first request: an owner or a token exists."""
    found = FirstOwner()
    async with runtime.own_unit() as ctx:
        await found.prepare(cast("Context[AuthSettings]", ctx))
    yield found


async def set_up(
    ctx: Context[AuthSettings], token: str, new: NewAccount, device: Device
) -> tuple[Credential, Tokens]:
    """The owner and their first session, for whoever holds the link; the link is good no more."""
    await _refuse_unless_open(ctx, token)
    hashed = await hash_new(ctx, new)
    async with ctx.fresh() as c:
        await c.runtime.leadership.serialize(c.db, _DUTY)
        await _refuse_unless_open(c, token)
        await c.db.execute(models.DROP_CODES, purpose=_PURPOSE)
        person = await add_account(c, new, hashed, is_first=True)
    if person is None:
        raise SetupDone("sign in instead")
    place = await place_of(ctx, person)
    tokens = await open_session(ctx, person, place, device)
    announce_login(ctx, tokens, "setup")
    return person, tokens


async def setup_token(ctx: Context[AuthSettings]) -> str | None:
    """The token that still opens the form; None once there is an owner."""
    if await ctx.db.scalar(models.COUNT_CREDENTIALS):
        return None
    return ctx.use(FirstOwner).token


async def owner_session(ctx: Context[AuthSettings]) -> tuple[Credential, str] | None:
    """Whoever was first, and an access token in the one session that the installation's machine has."""
    person = await ctx.db.one(models.FIRST_CREDENTIAL, Credential)
    if person is None:
        return None
    place = await place_of(ctx, person)
    for session in await open_sessions(ctx, person.user_id):
        if session.device == _HERE.name and session.ip == _HERE.ip and place is not None:
            return person, await move(ctx, session, place)
    tokens = await open_session(ctx, person, place, _HERE)
    announce_login(ctx, tokens, "local")
    return person, tokens.access_token


async def _refuse_unless_open(ctx: Context[AuthSettings], token: str) -> None:
    if await ctx.db.scalar(models.COUNT_CREDENTIALS):
        raise SetupDone("sign in instead; the set-up link was good once")
    if await ctx.db.scalar(models.CODE_SUBJECT, hash=_hash(token), purpose=_PURPOSE) is None:
        raise SetupTokenInvalid("open the link that the installation printed when it last started")


async def _make_unattended(ctx: Context[AuthSettings], new: NewAccount) -> None:
    try:
        hashed = await hash_new(ctx, new)
    except Problem as problem:
        raise Misconfigured(f"auth.admin_password: {problem.detail}") from problem
    await ctx.runtime.leadership.serialize(ctx.db, _DUTY)
    if not await ctx.db.scalar(models.COUNT_CREDENTIALS):
        await add_account(ctx, new, hashed, is_first=True)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
