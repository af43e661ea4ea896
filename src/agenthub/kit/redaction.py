"""Secrets and personal data are taken out of whatever is written down for operators.

Recall comes before precision: a masked order number costs less than a logged card.
"""

import re
from collections.abc import Mapping
from typing import Any

_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)|secret|token(?!s)|authorization|cookie|credential|signature|\botp\b"
    r"|(api|access|private|master|data|signing|encryption)[-_ ]?key",
    re.IGNORECASE,
)
_SECRETS = re.compile(
    r"(?P<scheme>\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}"
    r"|(?P<login>://)[^/\s:@]*:[^/\s@]+(?=@)"
    r"|(?P<parameter>(?:password|secret|token|key|signature|code)=)[^&\s\"']+"
    r"|\b(?:ak|sk|pk|rk|whsec|xox[a-z])[_-][\w-]{12,}"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*"  # JWT
    r"|(?<!\d)\d{6,12}:[\w-]{30,}",  # a Telegram bot
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_CARD = re.compile(r"(?<![\w.+-])[2-68](?:[ -]?\d){12,18}(?![\w-])")
# Bare digits count from 10 on; those that begin with 1 may be Unix times and need 11 of North America.
_PHONE = re.compile(
    r"(?<!\w)\+\d(?:[ ().-]{0,2}\d){7,14}(?!\w)"
    r"|(?<![\w.+-])(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?!\w)"
    r"|(?<![\w.+-])0?[6-9]\d{4}[ -]\d{5}(?!\w)"
    r"|(?<![\w.+-])(?:1[2-9]\d{9}|[6-9]\d{9}|[2-9]\d{10,14})(?![\w-])"
)
# Of India: Aadhaar (UIDAI, never begins with 0 or 1) and PAN.
_IDENTITY = re.compile(r"(?<![\w.+-])[2-9]\d{3}[ -]\d{4}[ -]\d{4}(?![\w-])|\b[A-Z]{5}\d{4}[A-Z]\b")


def redact(value: Any) -> Any:
    """The same value for the eyes of operators: every string masked, and all under a secret's name."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {name: _under(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact_text(str(value))


def _under(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool) or not _SECRET_NAME.search(name):
        return redact(value)
    return "[secret]"


def redact_text(text: str) -> str:
    """Credentials, e-mail addresses, card, phone and identity numbers replaced by their kind in brackets."""
    text = _SECRETS.sub(_mask_secret, text)
    if "@" in text:
        text = _EMAIL.sub("[email]", text)
    text = _CARD.sub(_mask_card, text)
    text = _IDENTITY.sub("[identity]", text)
    return _PHONE.sub("[phone]", text)


def _mask_secret(found: re.Match[str]) -> str:
    return f"{found['scheme'] or found['login'] or found['parameter'] or ''}[secret]"


def _mask_card(found: re.Match[str]) -> str:
    """By the check digit (ISO/IEC 7812-1, Luhn)."""
    digits = [int(digit) for digit in found[0] if digit.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]  # noqa: PLR2004  two digits then
    return found[0] if (sum(digits[::-2]) + sum(doubled)) % 10 else "[card]"
