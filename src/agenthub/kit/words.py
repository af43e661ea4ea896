r"""Unicode words: runs of letters, marks and numbers, compatibility-folded (NFKC) and case-folded.

Python's `\w` knows no marks, which tears Hindi words apart at every vowel sign; hence the added ranges.
Scripts that write no spaces give overlapping pairs of characters in place of words.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby

LONGEST_WORD = 64
_MARKS_END = 0x1F000
_MARK_SELECTORS = "\U000e0100-\U000e01ef"
_UNSPACED = re.compile(
    "[\u0e01-\u0edf\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)


def _mark_ranges() -> Iterator[str]:
    marks = (code for code in range(_MARKS_END) if unicodedata.category(chr(code))[0] == "M")
    for _, run in groupby(enumerate(marks), lambda pair: pair[1] - pair[0]):
        codes = [code for _, code in run]
        yield f"{chr(codes[0])}-{chr(codes[-1])}"


# A longer run is data rather than language (base 64, hashes): it is cut so that no term is unbounded.
_WORD = re.compile(f"[\\w{''.join(_mark_ranges())}{_MARK_SELECTORS}]{{1,{LONGEST_WORD}}}")


def words(text: str) -> list[str]:
    """The words in reading order; `_` separates words and so never occurs in one."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("_", " ")
    found: list[str] = _WORD.findall(folded)
    if _UNSPACED.search(folded) is None:
        return found
    return [piece for word in found for piece in _pieces(word)]


def _pieces(word: str) -> Iterator[str]:
    end = 0
    for run in _UNSPACED.finditer(word):
        if run.start() > end:
            yield word[end : run.start()]
        yield from _pairs(run.group())
        end = run.end()
    if end < len(word):
        yield word[end:]


def _pairs(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield run
    for start in range(len(run) - 1):
        yield run[start : start + 2]
