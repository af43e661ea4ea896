"""Names and slugs of organizations; pure."""

import re
import unicodedata
from collections.abc import Iterator

from agenthub.services.core.organizations.errors import SlugInvalid

SHORTEST = 3
LONGEST = 40
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_RESERVED = frozenset(
    [
        "admin",
        "agenthub",
        "all",
        "api",
        "app",
        "assets",
        "auth",
        "billing",
        "chat",
        "console",
        "docs",
        "health",
        "help",
        "internal",
        "login",
        "logout",
        "new",
        "oauth",
        "operator",
        "organizations",
        "public",
        "root",
        "settings",
        "setup",
        "signup",
        "static",
        "status",
        "support",
        "system",
        "users",
        "webhook",
        "widget",
        "www",
    ]
)
# Domains that say nothing of whom a person works for.
_PUBLIC_MAIL = frozenset(
    [
        "aol.com",
        "fastmail.com",
        "gmail.com",
        "gmx.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hey.com",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "mac.com",
        "mail.com",
        "mail.ru",
        "me.com",
        "msn.com",
        "outlook.com",
        "proton.me",
        "protonmail.com",
        "qq.com",
        "rediffmail.com",
        "tutanota.com",
        "web.de",
        "yahoo.co.in",
        "yahoo.co.uk",
        "yahoo.com",
        "yandex.com",
        "yandex.ru",
        "zoho.com",
        "163.com",
    ]
)
_SECOND_LEVEL = frozenset(["ac", "co", "com", "edu", "gov", "net", "org"])


def name_for(email: str, person: str, wished: str | None) -> str:
    """What the first organization is called: as wished, or after the mail domain, or after the person."""
    if wished and wished.strip():
        return wished.strip()
    domain = email.rpartition("@")[2].lower()
    if domain in _PUBLIC_MAIL or "." not in domain:
        return f"{person.strip() or email.partition('@')[0]}'s organization"
    labels = domain.split(".")
    return labels[-3 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL else -2].capitalize()  # noqa: PLR2004  below a country's own second level


def slug_candidates(name: str, unlike_any: str) -> Iterator[str]:
    """Slugs for the name, the plainest first; `unlike_any` ends the search."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = (
        re.sub(r"[^a-z0-9]+", "-", plain.replace("'s ", "s-").replace("'", ""))
        .strip("-")[: LONGEST - 8]
        .strip("-")
    )
    if len(slug) < SHORTEST or slug in _RESERVED:
        slug = f"{slug}-org".strip("-") if slug else "org"
    yield slug
    for number in range(2, 10):
        yield f"{slug}-{number}"
    yield f"{slug}-{unlike_any[-7:]}"
    yield f"org-{unlike_any[-26:]}"


def checked_slug(slug: str) -> str:
    """The slug, or SlugInvalid with what is wrong."""
    if not SHORTEST <= len(slug) <= LONGEST or not _SLUG.fullmatch(slug):
        reason = f"use {SHORTEST} to {LONGEST} of a-z, 0-9 and hyphens inside"
        raise SlugInvalid(f"slug: {reason}", fields={"slug": reason})
    if slug in _RESERVED:
        raise SlugInvalid("slug: the word is reserved; add another", fields={"slug": "reserved"})
    return slug
