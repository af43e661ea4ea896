"""Bytes of unknown encoding as text."""

import codecs
import re
from pathlib import Path

from agenthub.services.intelligence.knowledge.parsers.document import Refused

MOST_FILE_BYTES = 100_000_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
_DECLARED_WITHIN = 4096
# More than this share of undecodable bytes means that the text is not UTF-8 with a few flaws.
_FLAWS = 0.01


def read_text(path: Path, *, markup: bool = False) -> str:
    """The file's text: by byte order mark, by `<meta charset>` in markup, as UTF-8, else as Windows-1252."""
    if path.stat().st_size > MOST_FILE_BYTES:
        raise Refused(f"The file is larger than {MOST_FILE_BYTES} bytes, the most that is taken.")
    data = path.read_bytes()
    named = _named(data, markup=markup)
    if named is not None:
        return data.decode(named, errors="replace")
    if b"\0" in data:
        raise Refused("The file holds binary data, not text.")
    text = data.decode(errors="replace")
    if text.count("\ufffd") > _FLAWS * len(text):
        return data.decode("cp1252", errors="replace")
    return text


def _named(data: bytes, *, markup: bool) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    declared = _DECLARED.search(data[:_DECLARED_WITHIN]) if markup else None
    if declared is None:
        return None
    try:
        info = codecs.lookup(declared.group(1).decode())
    except LookupError:
        return None
    # The registry also knows codecs that are no text, such as zip.
    usable = info._is_text_encoding and not info.name.startswith("utf-16")  # noqa: SLF001  no public way to ask
    return info.name if usable else None
