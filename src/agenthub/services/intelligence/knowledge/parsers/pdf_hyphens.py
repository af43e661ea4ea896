"""Words that break at the end of a line: whether the hyphen there is the word's own or only the break's."""

import re
from collections.abc import Iterable
from itertools import pairwise

BROKEN = "\ufffe"
"""pdfium's mark for a hyphen at the end of a line; the word goes on after it."""

_BREAK = re.compile(rf"(\w*){BROKEN}(\w*)")
_WORD = re.compile(rf"(?<![\w{BROKEN}])\w+(?![\w{BROKEN}])")
_COMPOUND = re.compile(r"\w+(?:-\w+)+")


class Hyphens:
    """Decides by the words that the whole document uses elsewhere."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._words: set[str] = set()
        self._compounds: set[str] = set()
        for text in texts:
            lower = text.casefold()
            self._words.update(_WORD.findall(lower))
            for compound in _COMPOUND.findall(lower):
                parts = compound.split("-")
                self._compounds.update(map("-".join, pairwise(parts)))

    def mended(self, text: str) -> str:
        """The text with each broken word whole, its own hyphen kept."""
        return _BREAK.sub(self._joined, text)

    def _joined(self, found: re.Match[str]) -> str:
        left, right = found.groups()
        return f"{left}{'-' if self._is_own(left, right) else ''}{right}"

    def _is_own(self, left: str, right: str) -> bool:
        if not (left.isalpha() and right.isalpha()) or (right[0].isupper() and not left.isupper()):
            return True
        left, right = left.casefold(), right.casefold()
        if f"{left}{right}" in self._words:
            return False
        return f"{left}-{right}" in self._compounds or {left, right} <= self._words
