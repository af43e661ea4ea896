"""Passwords: hashed with Argon2id in a bounded pool, and refused when others would guess them."""

import re
import unicodedata
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from argon2 import PasswordHasher as Argon2, Type
from argon2.exceptions import InvalidHashError, VerificationError

from agenthub.kit.errors import Invalid
from agenthub.kit.runtime import Runtime
from agenthub.kit.workers.threads import BoundedThreads

SHORTEST = 12
LONGEST = 128
AT_ONCE = 4
QUEUE = 24
_FEWEST_DIFFERENT = 5
# OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, 2 passes, 1 lane.
_MEMORY_KIB = 19456
_PASSES = 2
_LANES = 1
_LIST = Path(__file__).parent.parent / "common_passwords.txt"
_LEET = str.maketrans("013457@$!", "oieastasi")
_ENDS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
)


class Hasher:
    """At most four hashes run at once and a short queue waits; beyond it TooManyRequests is raised."""

    def __init__(self, threads: BoundedThreads) -> None:
        self._threads = threads
        self._argon2 = Argon2(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES, type=Type.ID)
        self._nobodys = ""
        common = _LIST.read_text(encoding="utf-8").split()
        self._common = frozenset(common)

    async def prepare(self) -> None:
        """Make the hash against which unknown accounts are checked, so that they take as long."""
        self._nobodys = await self.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        return await self._threads.run(self._argon2.hash, _encoded(password))

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether it is the password; without a stored hash it takes as long and is False."""
        right = await self._threads.run(self._verify, _encoded(password), stored or self._nobodys)
        return right and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._argon2.check_needs_rehash(stored)

    def refuse_weak(self, password: str, personal: Iterable[str], *, field: str = "password") -> None:
        """Raise Invalid unless it is long enough, not common and not one of the `personal` words."""
        reason = self._weakness(password, personal)
        if reason:
            raise Invalid(f"choose another password: {reason}", fields={field: reason}, code="password_weak")

    def _weakness(self, password: str, personal: Iterable[str]) -> str | None:
        if not SHORTEST <= len(password) <= LONGEST:
            return f"it needs {SHORTEST} to {LONGEST} characters"
        plain = unicodedata.normalize("NFKC", password).casefold()
        forms = {plain, _ENDS.sub("", plain), _ENDS.sub("", plain.translate(_LEET))}
        forms |= {_once(form) for form in forms}
        if len(set(plain)) < _FEWEST_DIFFERENT or any(_is_run(form) for form in forms):
            return "it is a simple pattern"
        if forms & self._common:
            return "it is one of the most common ones"
        if forms & {word.casefold().strip() for word in personal if word}:
            return "it is your own name, address or organization"
        return None

    def _verify(self, password: bytes, stored: str) -> bool:
        try:
            return self._argon2.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


@asynccontextmanager
async def open_hasher(_runtime: Runtime) -> AsyncIterator[Hasher]:
    """The service's own pool: hashing never takes the threads of others."""
    threads = BoundedThreads(workers=AT_ONCE, queue=QUEUE)
    hasher = Hasher(threads)
    await hasher.prepare()
    try:
        yield hasher
    finally:
        await threads.close()


def _encoded(password: str) -> bytes:
    # One form for what looks the same, so that every keyboard types it (RFC 8265, 4.2).
    return unicodedata.normalize("NFC", password).encode()


def _once(text: str) -> str:
    """What a repetition repeats: `abcabc` is `abc`."""
    period = (text + text).find(text, 1)
    return text[:period]


def _is_run(text: str) -> bool:
    """Whether it only follows the alphabet, the digits or the keyboard, either way."""
    return len(text) > 3 and any(text in row or text in row[::-1] for row in _RUNS)  # noqa: PLR2004  shorter is no run
