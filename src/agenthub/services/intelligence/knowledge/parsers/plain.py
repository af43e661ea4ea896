"""Plain text: paragraphs are parted by empty lines."""

import re
from pathlib import Path

from agenthub.services.intelligence.knowledge.parsers.decoding import read_text
from agenthub.services.intelligence.knowledge.parsers.document import Block, ParsedDocument, folded

_BETWEEN = re.compile(r"\n[ \t\r]*\n|\f")


def read(path: Path) -> ParsedDocument:
    text = read_text(path).replace("\r\n", "\n").replace("\r", "\n")
    return ParsedDocument("", [Block(folded(part)) for part in _BETWEEN.split(text) if part.strip()])
