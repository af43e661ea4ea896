"""What content truly is: read from its first bytes, the name only decides between kinds of text."""

import codecs
import re

import msgspec
import puremagic

from agenthub.services.intelligence.files import executables
from agenthub.services.intelligence.files.names import extension

UNKNOWN = "application/octet-stream"
HEAD_BYTES = 64 * 1024

_TEXTS = {
    "md": "text/markdown",
    "markdown": "text/markdown",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "ndjson": "application/x-ndjson",
    "css": "text/css",
    "js": "text/javascript",
    "mjs": "text/javascript",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "eml": "message/rfc822",
    "ics": "text/calendar",
    "vcf": "text/vcard",
    "vtt": "text/vtt",
}
_HTML_NAMES = frozenset({"htm", "html", "xhtml"})
_TEXT_NAMES = frozenset({*_TEXTS, *_HTML_NAMES, "txt", "text", "log", "xml"})
# One name for each type; the others are older spellings of it.
_SPELLINGS = {
    "application/excel": "application/vnd.ms-excel",
    "application/mspowerpoint": "application/vnd.ms-powerpoint",
    "application/x-gzip": "application/gzip",
    "application/x-zip-compressed": "application/zip",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "image/x-ms-bmp": "image/bmp",
    "text/x-markdown": "text/markdown",
    "video/avi": "video/x-msvideo",
}
# Inside a ZIP the first entries say which family of documents it is (ECMA-376, ODF 1.3 part 2, EPUB 3.3).
_IN_ZIP = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_OFFICE_NAMES = dict(zip(("docx", "xlsx", "pptx"), (kind for _, kind in _IN_ZIP), strict=True))
_ZIP_MIMETYPE = re.compile(rb"PK\x03\x04.{26}mimetype(application/[a-z0-9.+-]+?)(?=PK)", re.DOTALL)
_XML_PROLOG = re.compile(r"(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE\s+svg.*?>)*", re.DOTALL | re.IGNORECASE)
_SVG = re.compile(r"<(?:[\w-]+:)?svg[\s>/]", re.IGNORECASE)
_HTML_DOCUMENT = re.compile(r"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
# The tags by which browsers take text for HTML (WHATWG MIME Sniffing, 7.1).
_HTML_TAG = re.compile(r"<(?:script|iframe|h1|div|font|table|a|style|title|b|br|p)[\s>]", re.IGNORECASE)
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_CERTAIN = 3


def true_type(head: bytes, name: str, declared: str) -> str:
    """The media type of content that begins with `head` (64 KiB are enough).

    Among kinds of text, which no signature tells apart, the name decides, then the declared type.
    """
    runs = executables.kind_of(head)
    if runs is not None:
        return runs.media_type
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    text = _as_text(head, extension(name))
    if text is not None:
        return _kind_of_text(text, extension(name), declared)
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_zip(head, extension(name))
    return _by_signature(head, extension(name))


def essence(declared: str) -> str:
    """A Content-Type without its parameters, in lower case and in its usual spelling."""
    plain = declared.partition(";")[0].strip().lower()
    return _SPELLINGS.get(plain, plain)


def _as_text(head: bytes, ending: str) -> str | None:
    """The text that these bytes are the beginning of, or None."""
    encoding = "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        # Not the final part: a character may be cut in two at the end of the head.
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        if ending not in _TEXT_NAMES and not _is_mostly_ascii(head):
            return None
        # Text of an older encoding; which one is for its readers to find out.
        text = head.decode("latin-1")
    return None if _BINARY.search(text) else text


def _is_mostly_ascii(head: bytes) -> bool:
    return sum(byte < 128 for byte in head) > len(head) * 0.7  # noqa: PLR2004  letters, most without accents


def _kind_of_text(text: str, ending: str, declared: str) -> str:
    prolog = _XML_PROLOG.match(text)
    body = text[prolog.end() :] if prolog else text
    if _SVG.match(body):
        return "image/svg+xml"
    if _is_html(text, body, ending):
        return "text/html"
    if text.startswith("{\\rtf"):
        return "application/rtf"
    if text.lstrip().startswith("<?xml"):
        return "application/xml"
    return _plain_kind(text, _TEXTS.get(ending) or _declared_text(ending, declared))


def _is_html(text: str, body: str, ending: str) -> bool:
    if _HTML_DOCUMENT.match(body) or ending in _HTML_NAMES:
        return True
    # Markdown may well begin with a tag or a comment.
    return ending not in _TEXTS and bool(_HTML_TAG.match(body) or text.lstrip().startswith("<!--"))


def _declared_text(ending: str, declared: str) -> str:
    plain = essence(declared)
    return plain if not ending and plain in _TEXTS.values() else ""


def _plain_kind(text: str, said: str) -> str:
    if said == "application/json":
        return said if text.lstrip()[:1] in {"{", "["} or _is_json(text) else "text/plain"
    if said:
        return said
    return "application/json" if text.lstrip()[:1] in {"{", "["} and _is_json(text) else "text/plain"


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _kind_of_zip(head: bytes, ending: str) -> str:
    declared = _ZIP_MIMETYPE.match(head)
    if declared:
        return declared.group(1).decode()
    if b"[Content_Types].xml" in head or b"_rels/.rels" in head:
        return next(
            (kind for part, kind in _IN_ZIP if part in head), _OFFICE_NAMES.get(ending, "application/zip")
        )
    return "application/java-archive" if b"META-INF/" in head[:200] else "application/zip"


def _by_signature(head: bytes, ending: str) -> str:
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return UNKNOWN
    typed = [match for match in matches if match.mime_type]
    agreeing = [match.mime_type for match in typed if match.extension == f".{ending}"]
    certain = [match.mime_type for match in typed if len(match.byte_match) >= _CERTAIN]
    found: str = next(iter([*agreeing, *certain]), UNKNOWN)
    if found == "application/ogg" and b"OpusHead" in head[:64]:
        return "audio/ogg"
    return _SPELLINGS.get(found, found)
