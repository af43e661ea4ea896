"""Slows down guessing: a growing wait for an account from one address, a lock of the account from all."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from agenthub.kit.context import Context
from agenthub.services.core.auth import models
from agenthub.services.core.auth.errors import AccountLocked, WaitBeforeNextTry
from agenthub.services.core.auth.models import Failures
from agenthub.services.core.auth.settings import AuthSettings

FREE_FAILURES = 5
FAILURES_TO_LOCK = 20
LOCK = timedelta(minutes=15)
LONGEST_WAIT = timedelta(minutes=15)
MEMORY = timedelta(hours=1)
_ADDRESS_SECONDS = 15 * 60


@dataclass(frozen=True)
class Attempt:
    """Somebody tries `email` from the network address `ip`; the same for addresses that nobody has."""

    email: str
    ip: str

    @property
    def pair(self) -> str:
        return _key("pair", self.email, self.ip)

    @property
    def account(self) -> str:
        return _key("account", self.email)


async def admit(ctx: Context[AuthSettings], attempt: Attempt) -> None:
    """Pass, or raise TooManyRequests with the seconds to wait."""
    now = ctx.now()
    locked = await _blocked(ctx, attempt.account, now)
    if locked:
        raise AccountLocked(
            "too many failed logins; wait, then try again or reset the password", retry_after=locked
        )
    wait = await _blocked(ctx, attempt.pair, now)
    if wait:
        raise WaitBeforeNextTry("too many failed logins; wait before the next try", retry_after=wait)
    address = await ctx.runtime.ports.limits.take(
        _address(attempt), 0, ctx.settings.failures_per_address, _ADDRESS_SECONDS
    )
    if address.remaining == 0:
        raise WaitBeforeNextTry(
            "too many failed logins from your network address; wait before the next try",
            retry_after=max(1.0, address.reset_seconds),
        )


async def note_failure(ctx: Context[AuthSettings], attempt: Attempt) -> None:
    """Count a failed login; the caller commits."""
    await ctx.runtime.ports.limits.take(
        _address(attempt), 1, ctx.settings.failures_per_address, _ADDRESS_SECONDS
    )
    now = ctx.now()
    await ctx.db.lock()
    pair = await _counted(ctx, attempt.pair, now)
    account = await _counted(ctx, attempt.account, now)
    await _store(ctx, pair, _wait_after(pair.count, now))
    await _store(ctx, account, now + LOCK if account.count % FAILURES_TO_LOCK == 0 else None)


async def forget_failures(ctx: Context[AuthSettings], attempt: Attempt) -> None:
    """After a success the count begins anew; nothing is written where nothing was counted."""
    for key in (attempt.pair, attempt.account):
        if await ctx.db.one(models.FAILURES, Failures, key=key) is not None:
            await ctx.db.execute(models.FORGET_FAILURES, key=key)


async def _blocked(ctx: Context[AuthSettings], key: str, now: datetime) -> float:
    row = await ctx.db.one(models.FAILURES, Failures, key=key)
    if row is None or row.blocked_until is None or row.blocked_until <= now:
        return 0
    return max(1.0, (row.blocked_until - now).total_seconds())


async def _counted(ctx: Context[AuthSettings], key: str, now: datetime) -> Failures:
    row = await ctx.db.one(models.FAILURES, Failures, key=key)
    if row is None or row.since < now - MEMORY:
        return Failures(key, 1, now, None)
    return Failures(key, row.count + 1, row.since, row.blocked_until)


async def _store(ctx: Context[AuthSettings], row: Failures, blocked_until: datetime | None) -> None:
    await ctx.db.execute(
        models.SET_FAILURES, key=row.key, count=row.count, since=row.since, blocked_until=blocked_until
    )


def _wait_after(count: int, now: datetime) -> datetime | None:
    if count < FREE_FAILURES:
        return None
    seconds = 2 ** min(count - FREE_FAILURES, 20)
    return now + min(timedelta(seconds=seconds), LONGEST_WAIT)


def _key(*parts: str) -> str:
    # Hashed: people type passwords into the field for the address.
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _address(attempt: Attempt) -> str:
    return f"login:{attempt.ip}"
