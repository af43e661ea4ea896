"""The tables of auth, the shapes of their rows and the statements on them."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Text, bindparam, delete, func, select, update

from agenthub.kit.db import Json, Timestamp, installation_table, upsert

metadata = MetaData()
_PERSON = "a person may belong to several organizations"
_INSTALLATION = "it serves the installation as a whole"

credentials = installation_table(
    "credentials",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("password_changed_at", Timestamp, nullable=False),
    Column("signed_up_again_at", Timestamp),
    why=_PERSON,
)

sessions = installation_table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, nullable=False, index=True),
    Column("organization_id", Text),
    Column("roles", Json, nullable=False),
    Column("device", Text, nullable=False),
    Column("ip", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("seen_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    Column("revoked_at", Timestamp, index=True),
    Column("revoked_because", Text),
    why=_PERSON,
)

refresh_tokens = installation_table(
    "refresh_tokens",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("session_id", Text, nullable=False, index=True),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False, index=True),
    Column("used_at", Timestamp),
    why=_PERSON,
)

one_time_codes = installation_table(
    "one_time_codes",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp),
    why=_PERSON,
)

login_failures = installation_table(
    "login_failures",
    metadata,
    Column("key", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("since", Timestamp, nullable=False),
    Column("blocked_until", Timestamp),
    why="it is counted before anybody is known",
)

signing_keys = installation_table(
    "signing_keys",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("algorithm", Text, nullable=False),
    Column("public", Text, nullable=False),
    Column("private_sealed", LargeBinary, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("retires_at", Timestamp, nullable=False),
    why=_INSTALLATION,
)


class Credential(msgspec.Struct, frozen=True):
    user_id: str
    email: str
    name: str
    password_hash: str
    created_at: datetime
    password_changed_at: datetime
    signed_up_again_at: datetime | None


class SessionRow(msgspec.Struct, frozen=True):
    """`roles` are those at the last renewal."""

    id: str
    user_id: str
    organization_id: str | None
    roles: list[str]
    device: str
    ip: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    revoked_because: str | None


class SessionId(msgspec.Struct, frozen=True):
    id: str


class RefreshToken(msgspec.Struct, frozen=True):
    hash: str
    session_id: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


class Failures(msgspec.Struct, frozen=True):
    """Failed logins under one key since a moment."""

    key: str
    count: int
    since: datetime
    blocked_until: datetime | None


class SigningKeyRow(msgspec.Struct, frozen=True):
    kid: str
    algorithm: str
    public: str
    private_sealed: bytes
    created_at: datetime
    retires_at: datetime


def _binds(*names: str) -> dict[str, Any]:
    return {name: bindparam(name) for name in names}


COUNT_CREDENTIALS = select(func.count()).select_from(credentials)
FIRST_CREDENTIAL = select(credentials).order_by(credentials.c.created_at, credentials.c.user_id).limit(1)
CREDENTIAL_BY_EMAIL = select(credentials).where(credentials.c.email == bindparam("email"))
CREDENTIAL_BY_ID = select(credentials).where(credentials.c.user_id == bindparam("user_id"))
SET_PASSWORD = (
    update(credentials)
    .where(credentials.c.user_id == bindparam("user"))
    .values(password_hash=bindparam("hash"), password_changed_at=bindparam("now"))
)
SET_HASH = (
    update(credentials)
    .where(credentials.c.user_id == bindparam("user"))
    .values(password_hash=bindparam("hash"))
)
_new_credential = upsert(credentials).values(
    _binds("user_id", "email", "name", "password_hash", "created_at", "password_changed_at")
)
# Both outcomes write one row, so that their times do not tell which it was.
ADD_CREDENTIAL = _new_credential.on_conflict_do_update(
    index_elements=["email"], set_={"signed_up_again_at": _new_credential.excluded.created_at}
).returning(credentials.c.user_id)

SESSION = select(sessions).where(sessions.c.id == bindparam("id"))
OPEN_SESSIONS = (
    select(sessions)
    .where(
        sessions.c.user_id == bindparam("user_id"),
        sessions.c.revoked_at.is_(None),
        sessions.c.expires_at > bindparam("now"),
    )
    .order_by(sessions.c.seen_at.desc(), sessions.c.id)
)
REVOKE_SESSION = (
    update(sessions)
    .where(sessions.c.id == bindparam("session"), sessions.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"), revoked_because=bindparam("reason"))
)
RENEW_SESSION = (
    update(sessions)
    .where(sessions.c.id == bindparam("session"), sessions.c.revoked_at.is_(None))
    .values(seen_at=bindparam("now"), organization_id=bindparam("organization"), roles=bindparam("roles"))
)
REVOKED_SINCE = select(sessions.c.id).where(sessions.c.revoked_at > bindparam("since"))
PRUNE_SESSIONS = delete(sessions).where(sessions.c.expires_at < bindparam("before"))

REFRESH_TOKEN = select(refresh_tokens).where(refresh_tokens.c.hash == bindparam("hash"))
USE_REFRESH_TOKEN = (
    update(refresh_tokens)
    .where(refresh_tokens.c.hash == bindparam("token"), refresh_tokens.c.used_at.is_(None))
    .values(used_at=bindparam("now"))
)
PRUNE_REFRESH_TOKENS = delete(refresh_tokens).where(refresh_tokens.c.expires_at < bindparam("before"))

CODE_SUBJECT = select(one_time_codes.c.subject).where(
    one_time_codes.c.hash == bindparam("hash"), one_time_codes.c.purpose == bindparam("purpose")
)
DROP_CODES = delete(one_time_codes).where(one_time_codes.c.purpose == bindparam("purpose"))
DROP_CODES_OF = delete(one_time_codes).where(
    one_time_codes.c.purpose == bindparam("purpose"), one_time_codes.c.subject == bindparam("subject")
)

FAILURES = select(login_failures).where(login_failures.c.key == bindparam("key"))
_new_failures = upsert(login_failures).values(_binds("key", "count", "since", "blocked_until"))
SET_FAILURES = _new_failures.on_conflict_do_update(
    index_elements=["key"],
    set_={name: _new_failures.excluded[name] for name in ("count", "since", "blocked_until")},
)
FORGET_FAILURES = delete(login_failures).where(login_failures.c.key == bindparam("key"))
PRUNE_FAILURES = delete(login_failures).where(login_failures.c.since < bindparam("before"))

SIGNING_KEYS = (
    select(signing_keys)
    .where(signing_keys.c.retires_at > bindparam("after"))
    .order_by(signing_keys.c.created_at.desc(), signing_keys.c.kid)
)
PRUNE_SIGNING_KEYS = delete(signing_keys).where(signing_keys.c.retires_at < bindparam("before"))
