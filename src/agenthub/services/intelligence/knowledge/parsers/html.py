"""HTML by lexbor: what a reader sees, without menus, footers and scripts."""

from collections.abc import Iterator
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from agenthub.services.intelligence.knowledge.parsers.decoding import read_text
from agenthub.services.intelligence.knowledge.parsers.document import (
    Block,
    Kind,
    Outline,
    ParsedDocument,
    folded,
)

_DROPPED = frozenset(
    {"script", "style", "noscript", "template", "nav", "footer", "svg", "iframe", "object", "head", "button"}
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_KINDS: dict[str, Kind] = {"li": "list", "dt": "list", "dd": "list", "pre": "code"}
_INLINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "img",
        "ins",
        "kbd",
        "label",
        "mark",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    ]
)
_TEXT = "-text"


def read(path: Path) -> ParsedDocument:
    return read_markup(read_text(path, markup=True))


def read_markup(markup: str) -> ParsedDocument:
    parser = LexborHTMLParser(markup)
    title = parser.css_first("title")
    root = parser.body or parser.root
    blocks = _Reader().read(root) if root is not None else []
    return ParsedDocument(folded(title.text()) if title is not None else "", blocks)


class _Reader:
    """Walks a tree without recursion, for markup nests as deep as its author likes."""

    def __init__(self) -> None:
        self._outline = Outline()
        self._blocks: list[Block] = []
        self._text: list[str] = []
        self._kinds: list[Kind] = ["paragraph"]

    def read(self, root: LexborNode) -> list[Block]:
        for node, entering in _walk(root):
            tag = node.tag or ""
            if tag == _TEXT:
                self._text.append(node.text_content or "")
            elif tag == "br":
                self._text.append("\n")
            elif tag == "table":
                self._table(node, entering=entering)
            elif tag not in _INLINE:
                self._boundary(tag, entering=entering)
        self._flush(self._kinds[-1])
        return self._blocks

    def _boundary(self, tag: str, *, entering: bool) -> None:
        if tag in _HEADINGS and not entering:
            self._heading(_HEADINGS[tag])
            return
        self._flush(self._kinds[-1])
        if tag in _KINDS:
            if entering:
                self._kinds.append(_KINDS[tag])
            elif len(self._kinds) > 1:
                self._kinds.pop()

    def _heading(self, level: int) -> None:
        text = folded("".join(self._text))
        self._text.clear()
        if text:
            self._blocks.append(Block(text, None, self._outline.enter(level, text), "heading"))

    def _table(self, table: LexborNode, *, entering: bool) -> None:
        if not entering:
            return
        self._flush(self._kinds[-1])
        rows = [" | ".join(cells) for cells in _rows(table) if any(cells)]
        if rows:
            self._blocks.append(Block("\n".join(rows), None, self._outline.path, "table"))

    def _flush(self, kind: Kind) -> None:
        joined = "".join(self._text)
        self._text.clear()
        text = joined.strip("\n") if kind == "code" else folded(joined)
        if text.strip():
            self._blocks.append(Block(text, None, self._outline.path, kind))


def _walk(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Every node that is shown, once on entering and, unless it is text, once on leaving.

    A table is given whole: its content is not walked.
    """
    stack = [(root, True)]
    while stack:
        node, entering = stack.pop()
        if entering and _hidden(node):
            continue
        yield node, entering
        if not entering or node.tag == _TEXT:
            continue
        stack.append((node, False))
        if node.tag != "table":
            stack.extend((child, True) for child in reversed(list(_children(node))))


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.child
    while child is not None:
        yield child
        child = child.next


def _hidden(node: LexborNode) -> bool:
    if node.tag in _DROPPED or node.is_comment_node:
        return True
    if not node.is_element_node:
        return False
    attributes = node.attributes
    return "hidden" in attributes or "display:none" in (attributes.get("style") or "").replace(" ", "")


def _rows(table: LexborNode) -> Iterator[list[str]]:
    """The cells of each row; a table inside a cell gives rows of the outer one."""
    cells: list[str] = []
    text: list[str] = []
    for node, entering in _walk_inside(table):
        if node.tag == _TEXT:
            text.append(node.text_content or "")
        elif node.tag in {"td", "th"} and not entering:
            cells.append(folded("".join(text)))
            text.clear()
        elif node.tag == "tr" and not entering:
            yield cells
            cells = []
        elif node.tag not in _INLINE:
            text.append(" ")
    caption = folded("".join(text))
    if caption:
        yield [caption]


def _walk_inside(table: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    for child in _children(table):
        stack = [(child, True)]
        while stack:
            node, entering = stack.pop()
            if entering and _hidden(node):
                continue
            yield node, entering
            if entering and node.tag != _TEXT:
                stack.append((node, False))
                stack.extend((one, True) for one in reversed(list(_children(node))))
