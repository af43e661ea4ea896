"""Accounts: made by signing up, and proven by their password."""

from dataclasses import dataclass

from agenthub.contracts.auth import LoginFailed, UserLoggedIn, UserRegistered
from agenthub.contracts.organizations import OrganizationsClient
from agenthub.kit.context import Context
from agenthub.kit.errors import TooManyRequests
from agenthub.services.core.auth import models
from agenthub.services.core.auth.errors import InvitationInvalid, SignUpClosed, WrongCredentials
from agenthub.services.core.auth.logic import throttle
from agenthub.services.core.auth.logic.passwords import Hasher
from agenthub.services.core.auth.logic.places import place_in, place_of
from agenthub.services.core.auth.logic.sessions import Device, Tokens, end_all, open_session
from agenthub.services.core.auth.logic.throttle import Attempt
from agenthub.services.core.auth.models import Credential
from agenthub.services.core.auth.settings import AuthSettings

_SIGN_UP_SECONDS = 3600


@dataclass(frozen=True)
class NewAccount:
    """What somebody says who signs up; `email` is in lower case."""

    email: str
    password: str
    name: str
    organization_name: str | None = None
    locale: str = "en"

    @property
    def personal(self) -> tuple[str, ...]:
        """Words that are no good as this person's password."""
        local, _, domain = self.email.partition("@")
        return (self.email, local, domain, domain.split(".")[0], self.name, self.organization_name or "")


async def register(
    ctx: Context[AuthSettings], new: NewAccount, invitation_token: str | None, ip: str
) -> None:
    """Make the account unless the address has one; the outcome looks and lasts the same either way."""
    await _limit_sign_ups(ctx, ip)
    invitation_id = await _admitted_by(ctx, new, invitation_token)
    hashed = await hash_new(ctx, new)
    await add_account(ctx, new, hashed, invitation_id=invitation_id)


async def hash_new(ctx: Context[AuthSettings], new: NewAccount) -> str:
    """The hash of an acceptable password; Invalid names what is wrong with another."""
    hasher = ctx.use(Hasher)
    hasher.refuse_weak(new.password, new.personal)
    return await hasher.hash(new.password)


async def add_account(
    ctx: Context[AuthSettings],
    new: NewAccount,
    hashed: str,
    *,
    invitation_id: str | None = None,
    is_first: bool = False,
) -> Credential | None:
    """The account, which the caller commits; None when the address has one already."""
    now = ctx.now()
    person = Credential(ctx.new_id("usr"), new.email, new.name, hashed, now, now, None)
    owner = await ctx.db.scalar(
        models.ADD_CREDENTIAL,
        user_id=person.user_id,
        email=person.email,
        name=person.name,
        password_hash=person.password_hash,
        created_at=now,
        password_changed_at=now,
    )
    if owner != person.user_id:
        return None
    ctx.publish(
        UserRegistered(
            user_id=person.user_id,
            email=new.email,
            name=new.name,
            locale=new.locale,
            invitation_id=invitation_id,
            organization_name=new.organization_name,
            is_first=is_first,
        )
    )
    return person


async def log_in(
    ctx: Context[AuthSettings], email: str, password: str, organization_id: str | None, device: Device
) -> tuple[Credential, Tokens]:
    """Tokens for whoever knows the password; WrongCredentials or TooManyRequests otherwise."""
    attempt = Attempt(email, device.ip)
    person = await _proven(ctx, attempt, password)
    if organization_id is None:
        place = await place_of(ctx, person)
    else:
        place = await place_in(ctx, person.user_id, organization_id)
    hasher = ctx.use(Hasher)
    hashed = await hasher.hash(password) if hasher.is_outdated(person.password_hash) else None
    tokens = await open_session(ctx, person, place, device)
    await throttle.forget_failures(ctx, attempt)
    if hashed is not None:
        await ctx.db.execute(models.SET_HASH, user=person.user_id, hash=hashed)
    announce_login(ctx, tokens, "password")
    return person, tokens


async def change_password(
    ctx: Context[AuthSettings], user_id: str, current: str, chosen: str, device: Device
) -> tuple[Credential, Tokens]:
    """Set another password, end every session and open one for this device."""
    person = await person_of(ctx, user_id)
    await _proven(ctx, Attempt(person.email, device.ip), current)
    hasher = ctx.use(Hasher)
    personal = NewAccount(person.email, chosen, person.name).personal
    hasher.refuse_weak(chosen, (*personal, current), field="new_password")
    hashed = await hasher.hash(chosen)
    place = await place_of(ctx, person)
    await end_all(ctx, user_id, "password_changed")
    await ctx.db.execute(models.SET_PASSWORD, user=user_id, hash=hashed, now=ctx.now())
    return person, await open_session(ctx, person, place, device)


async def person_of(ctx: Context[AuthSettings], user_id: str) -> Credential:
    person = await ctx.db.one(models.CREDENTIAL_BY_ID, Credential, user_id=user_id)
    if person is None:
        raise WrongCredentials("the account is gone; sign in with another")
    return person


def announce_login(ctx: Context[AuthSettings], tokens: Tokens, method: str) -> None:
    """Say when this unit commits who has signed in."""
    session = tokens.session
    ctx.publish(
        UserLoggedIn(
            user_id=session.user_id,
            session_id=session.id,
            method=method,
            ip=session.ip,
            organization_id=session.organization_id,
        )
    )


async def _proven(ctx: Context[AuthSettings], attempt: Attempt, password: str) -> Credential:
    await throttle.admit(ctx, attempt)
    person = await ctx.db.one(models.CREDENTIAL_BY_EMAIL, Credential, email=attempt.email)
    right = await ctx.use(Hasher).matches(password, person.password_hash if person else None)
    if person is None or not right:
        async with ctx.fresh() as c:
            await throttle.note_failure(c, attempt)
            c.publish(
                LoginFailed(account_hint=_hint(attempt.email), ip=attempt.ip, reason="wrong_credentials")
            )
        raise WrongCredentials("check both and try again, or reset the password")
    return person


async def _limit_sign_ups(ctx: Context[AuthSettings], ip: str) -> None:
    allowance = await ctx.runtime.ports.limits.take(
        f"sign-up:{ip}", 1, ctx.settings.sign_ups_per_address, _SIGN_UP_SECONDS
    )
    if not allowance.allowed:
        raise TooManyRequests(
            "too many sign-ups from your network address; try again later",
            retry_after=allowance.retry_after_seconds,
        )


async def _admitted_by(
    ctx: Context[AuthSettings], new: NewAccount, invitation_token: str | None
) -> str | None:
    if not await ctx.db.scalar(models.COUNT_CREDENTIALS):
        raise SignUpClosed(
            "the installation has no owner yet; open the set-up link that it prints when it starts"
        )
    if invitation_token is not None:
        invitation = await ctx.client(OrganizationsClient).invitation(invitation_token, new.email)
        if invitation is None:
            raise InvitationInvalid(
                "it is used, over, or for another address; ask whoever invited you for a new one"
            )
        return invitation.invitation_id
    if not ctx.settings.sign_up_open:
        raise SignUpClosed("ask an owner or admin for an invitation, and sign up with its token")
    return None


def _hint(email: str) -> str:
    local, _, domain = email.partition("@")
    return f"{local[:1]}…@{domain}"
