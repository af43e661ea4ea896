"""Who a visitor is: an opaque token of theirs, stored only as its hash."""

import hashlib
import secrets

from agenthub.kit.auth.principal import Principal
from agenthub.kit.context import Context
from agenthub.services.communication.webchat import models
from agenthub.services.communication.webchat.errors import ChatUnknown, TooManyMessages, VisitorUnknown
from agenthub.services.communication.webchat.models import Account, Visitor
from agenthub.services.communication.webchat.settings import WebchatSettings

Unit = Context[WebchatSettings]
HEADER = "x-visitor-token"
_LONGEST = 128
_MINUTE = 60.0


async def chat(ctx: Unit, slug: str) -> Account:
    """The account behind a chat's public name."""
    account = await ctx.db.across_organizations().one(models.ACCOUNT_BY_SLUG, Account, slug=slug)
    if account is None:
        raise ChatUnknown(f"there is no chat named {slug[:64]}; an agent's chat opens when it is published")
    return account


async def arrive(ctx: Unit, account: Account, locale: str | None) -> tuple[Visitor, str]:
    """A new visitor of this account, and the token that only they know."""
    token = secrets.token_urlsafe(32)
    visitor = Visitor(
        organization_id=account.organization_id,
        id=ctx.new_id("vis"),
        account_id=account.id,
        thread=ctx.new_id("thr"),
        token_hash=_hash(token),
        locale=locale,
        last_seq=0,
        created_at=ctx.now(),
    )
    await ctx.db.across_organizations().insert(models.visitors, visitor)
    return visitor, token


async def recognise(ctx: Unit, token: str | None) -> Visitor:
    """The visitor with this token; VisitorUnknown otherwise."""
    if not token or len(token) > _LONGEST:
        raise VisitorUnknown(f"send the token of POST /api/webchat/visitor/sessions as {HEADER}")
    visitor = await ctx.db.across_organizations().one(
        models.VISITOR_BY_TOKEN, Visitor, token_hash=_hash(token)
    )
    if visitor is None:
        raise VisitorUnknown("this visitor token is not known; open a new session")
    return visitor


def principal(visitor: Visitor) -> Principal:
    """The visitor as a caller: of one organization, with no permission at all."""
    return Principal(kind="visitor", id=visitor.id, organization_id=visitor.organization_id)


async def spend(ctx: Unit, subject: str, limit: int) -> None:
    """Count one against the subject's minute; TooManyMessages when it is used up."""
    allowance = await ctx.runtime.ports.limits.take(f"webchat:{subject}", 1, limit, _MINUTE)
    if not allowance.allowed:
        raise TooManyMessages(
            f"at most {limit} a minute; try again in {allowance.retry_after_seconds:.0f} s",
            retry_after=allowance.retry_after_seconds,
        )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
