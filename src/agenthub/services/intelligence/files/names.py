"""File names: what is kept of those that clients send, and how they are sent back."""

import re
import unicodedata
from urllib.parse import quote

LONGEST = 255
_NAMELESS = "unnamed"
# Not allowed in names on Windows.
_RESERVED = re.compile(r'[<>:"|?*]')
# They turn the reading direction, so that `gpj.exe` reads as `exe.jpg`.
_DIRECTIONS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})


def clean_name(given: str) -> str:
    """The last part of what was sent, without control characters, at most 255 bytes of UTF-8."""
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    name = "".join(sign for sign in name if not _is_unseen(sign))
    name = _RESERVED.sub("_", name).strip().rstrip(". ")
    return _shortened(name) or _NAMELESS


def extension(name: str) -> str:
    """What follows the last dot, in lower case; empty where there is none."""
    stem, dot, last = name.rpartition(".")
    return last.lower() if dot and stem else ""


def content_disposition(name: str) -> str:
    """An attachment of this name (RFC 6266): plain ASCII for old clients, UTF-8 for the others."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r'["\\%]', "_", plain) or _NAMELESS
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _is_unseen(sign: str) -> bool:
    return sign in _DIRECTIONS or unicodedata.category(sign) in _UNSEEN


def _shortened(name: str) -> str:
    if len(name.encode()) <= LONGEST:
        return name
    kept = extension(name)
    ending = f".{kept}" if 0 < len(kept.encode()) <= LONGEST // 8 else ""
    stem = name.removesuffix(name[len(name) - len(ending) :]) if ending else name
    return stem.encode()[: LONGEST - len(ending.encode())].decode(errors="ignore").rstrip() + ending
