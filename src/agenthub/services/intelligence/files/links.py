"""Links: who brings the token reads one file until it expires; the token is stored only as its hash."""

import hashlib
import secrets
from datetime import datetime, timedelta

from agenthub.kit.context import Context
from agenthub.services.intelligence.files import models
from agenthub.services.intelligence.files.errors import FileUnknown
from agenthub.services.intelligence.files.logic import find_file
from agenthub.services.intelligence.files.models import FileRow, LinkRow
from agenthub.services.intelligence.files.settings import FilesSettings

Ctx = Context[FilesSettings]


async def make_link(ctx: Ctx, file_id: str, minutes: int) -> tuple[str, datetime]:
    """A new token for the file, and when it expires; FileUnknown when there is no such file."""
    row = await find_file(ctx, file_id)
    token = secrets.token_urlsafe(32)
    link = LinkRow(
        organization_id=ctx.organization_id,
        token_hash=_hash(token),
        file_id=row.id,
        created_by=ctx.caller.name,
        expires_at=ctx.now() + timedelta(minutes=minutes),
    )
    await ctx.db.insert(models.links, link)
    return token, link.expires_at


async def file_behind(ctx: Ctx, token: str) -> FileRow:
    """The file that the token opens; FileUnknown whatever is wrong with it.

    Looked up across organizations: nobody is signed in, the token alone says whose file it is.
    """
    everywhere = ctx.db.across_organizations()
    link = await everywhere.one(models.LINK, LinkRow, token_hash=_hash(token), now=ctx.now())
    row = await everywhere.one(models.FILE, FileRow, file_id=link.file_id) if link else None
    if row is None:
        raise FileUnknown("this link opens nothing; it may have expired: ask for a new one")
    return row


async def revoke_links(ctx: Ctx, file_id: str) -> None:
    """Every link of the file stops working; FileUnknown when there is no such file."""
    await find_file(ctx, file_id)
    await ctx.db.execute(models.REVOKE_LINKS, file_id=file_id)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
