"""Identifiers: a prefix, an underscore and 26 characters of a time-ordered UUID."""

import re
import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [high + low for high in ALPHABET for low in ALPHABET]
_SHAPE = re.compile(r"[a-z][a-z0-9]{1,9}_[0-7][0-9a-hjkmnp-tv-z]{25}")


def new_id(prefix: str, unix_milliseconds: int) -> str:
    """A UUIDv7 (RFC 9562) in Crockford's base 32, as in the TypeID specification 0.3."""
    noise = secrets.randbits(74)
    value = (unix_milliseconds << 80) | (0x7 << 76) | ((noise >> 62) << 64) | (0x2 << 62)
    value |= noise & ((1 << 62) - 1)
    pairs = [_PAIRS[(value >> shift) & 0x3FF] for shift in range(120, -1, -10)]
    return f"{prefix}_{''.join(pairs)}"


def is_id(text: str, prefix: str) -> bool:
    """Whether the text has the shape of an identifier of this kind."""
    return text.startswith(prefix + "_") and _SHAPE.fullmatch(text) is not None
