"""The one door to all parsers; it imports only the parser that a document needs."""

from importlib import import_module
from pathlib import Path
from types import MappingProxyType

import msgspec

from agenthub.services.intelligence.knowledge.parsers.document import (
    MOST_TEXT_BYTES,
    Block,
    ParsedDocument,
    Refused,
)

_HERE = "agenthub.services.intelligence.knowledge.parsers"
# Each module has `read(path) -> ParsedDocument`.
PARSERS = MappingProxyType(
    {
        "application/pdf": f"{_HERE}.pdf",
        "text/markdown": f"{_HERE}.markdown",
        "text/x-markdown": f"{_HERE}.markdown",
        "text/html": f"{_HERE}.html",
        "application/xhtml+xml": f"{_HERE}.html",
        "text/plain": f"{_HERE}.plain",
    }
)


class ParseRequest(msgspec.Struct, frozen=True):
    """The media type is the true one, read from the content; the name serves where a title is missing."""

    path: str
    media_type: str
    name: str


def parse_request(request: bytes) -> bytes:
    """`parse` for a child process, which takes one argument: a ParseRequest as JSON."""
    asked = msgspec.json.decode(request, type=ParseRequest)
    return parse(asked.path, asked.media_type, asked.name)


def parse(path: str | Path, media_type: str, name: str) -> bytes:
    """A ParsedDocument as JSON; Refused when the file cannot be read or holds no text."""
    kind = media_type.partition(";")[0].strip().lower()
    if kind not in PARSERS:
        raise Refused(f"Documents of type {kind} cannot be read; send PDF, HTML, Markdown or plain text.")
    file = Path(path)
    if not file.stat().st_size:
        raise Refused("The file is empty.")
    document: ParsedDocument = import_module(PARSERS[kind]).read(file)
    blocks = [block for block in document.blocks if block.text]
    if not blocks:
        raise Refused("The document holds no text.")
    size = sum(len(block.text.encode(errors="replace")) for block in blocks)
    if size > MOST_TEXT_BYTES:
        raise Refused(f"The document holds {size} bytes of text; at most {MOST_TEXT_BYTES} are taken.")
    return msgspec.json.encode(
        ParsedDocument(document.title or Path(name).stem, [_sound(one) for one in blocks])
    )


def _sound(block: Block) -> Block:
    """The block without lone surrogates, which no encoding can write."""
    return msgspec.structs.replace(
        block,
        text=_writable(block.text),
        section=tuple(_writable(part) for part in block.section),
    )


def _writable(text: str) -> str:
    return text.encode(errors="replace").decode()
