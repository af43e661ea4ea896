"""Markdown as CommonMark with tables, by markdown-it."""

import re
from collections.abc import Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from agenthub.services.intelligence.knowledge.parsers.decoding import read_text
from agenthub.services.intelligence.knowledge.parsers.document import (
    Block,
    Kind,
    Outline,
    ParsedDocument,
    folded,
)

_FRONT_MATTER = re.compile(r"\A---\r?\n(.*?)\r?\n---\r?\n", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)


def read(path: Path) -> ParsedDocument:
    text = read_text(path)
    front = _FRONT_MATTER.match(text)
    declared = _FRONT_TITLE.search(front.group(1)) if front else None
    tokens = MarkdownIt("commonmark").enable("table").parse(text[front.end() :] if front else text)
    reader = _Reader()
    for position, token in enumerate(tokens):
        reader.take(tokens, position, token)
    return ParsedDocument(declared.group(1) if declared else reader.title, reader.blocks)


class _Reader:
    """Collects blocks from markdown-it's flat stream of tokens."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.title = ""
        self._outline = Outline()
        self._items = 0
        self._rows: list[list[str]] | None = None

    def take(self, tokens: Sequence[Token], position: int, token: Token) -> None:
        if token.type == "inline":
            self._inline(tokens[position - 1], _plain(token))
        elif token.type in {"list_item_open", "list_item_close"}:
            self._items += token.nesting
        elif token.type == "table_open":
            self._rows = []
        elif token.type == "tr_open" and self._rows is not None:
            self._rows.append([])
        elif token.type == "table_close":
            self._table()
        elif token.type in {"fence", "code_block"}:
            self.blocks.append(Block(token.content.strip("\n"), None, self._outline.path, "code"))
        elif token.type == "html_block":
            self._markup(token.content)

    def _inline(self, opening: Token, text: str) -> None:
        if opening.type == "heading_open":
            level = int(opening.tag[1:])
            if level == 1 and not self.title:
                self.title = text
            self.blocks.append(Block(text, None, self._outline.enter(level, text), "heading"))
        elif self._rows:
            self._rows[-1].append(text)
        else:
            kind: Kind = "list" if self._items else "paragraph"
            self.blocks.append(Block(text, None, self._outline.path, kind))

    def _table(self) -> None:
        rows = [" | ".join(cells) for cells in self._rows or () if any(cells)]
        self._rows = None
        self.blocks.append(Block("\n".join(rows), None, self._outline.path, "table"))

    def _markup(self, markup: str) -> None:
        from agenthub.services.intelligence.knowledge.parsers.html import read_markup

        inside = read_markup(markup).blocks
        self.blocks.extend(Block(one.text, None, self._outline.path, one.kind) for one in inside)


def _plain(inline: Token) -> str:
    """The words that a reader sees; tags are left out, an image counts by its description."""
    parts: list[str] = []
    for child in inline.children or ():
        if child.type in {"softbreak", "hardbreak"}:
            parts.append(" ")
        elif child.type != "html_inline":
            parts.append(child.content)
    return folded("".join(parts))
