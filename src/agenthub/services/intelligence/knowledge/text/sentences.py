"""Where sentences end, in Latin, Indian and East Asian writing.

Unicode's own rules (UAX 29) know no abbreviations; these few rules know the commonest and would rather
leave two sentences together than cut one apart.
"""

import re

_ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "sr",
        "jr",
        "rev",
        "gen",
        "sen",
        "rep",
        "hon",
        "vs",
        "etc",
        "al",
        "eg",
        "ie",
        "cf",
        "ca",
        "approx",
        "no",
        "nos",
        "fig",
        "figs",
        "eq",
        "sec",
        "ch",
        "vol",
        "pp",
        "p",
        "ed",
        "eds",
        "inc",
        "ltd",
        "co",
        "corp",
        "dept",
        "est",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "z.b",
        "d.h",
        "u.a",
        "bzw",
        "usw",
        "nr",
        "str",
        "abs",
        "art",
        "bd",
        "hr",
        "fr",
        "inkl",
        "zzgl",
        "ggf",
        "vgl",
        "evtl",
        "tel",
        "sra",
        "srta",
        "ud",
        "uds",
        "dña",
        "pág",
        "págs",
        "núm",
        "av",
        "ej",
        "m",
        "mme",
        "mlle",
        "mm",
        "env",
        "réf",
        "sig",
        "sigg",
        "dott",
        "ing",
        "avv",
        "e.g",
        "i.e",
        "u.s",
        "u.k",
        "a.m",
        "p.m",
        "p.ej",
        "डॉ",
        "श्री",
    ]
)
_END = re.compile(
    r"""
    [。！？｡।॥۔؟]+ [”’」』）)\]"']* \s*     # these end a sentence whatever follows
    | (?P<dot>[.!?…]+) [”’»)\]"']* \s+     # these only before a space
    """,  # noqa: RUF001  marks of other scripts are meant
    re.VERBOSE,
)
_LAST_WORD = re.compile(r"[^\s(\[\"'“«]+$")
_SHORT_NUMBER = re.compile(r"\d{1,2}")


def sentences(text: str) -> list[str]:
    """The sentences in order; joined by nothing they are the text, for each keeps its trailing space."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        if end.group("dot") and not _ends(text, start, end):
            continue
        found.append(text[start : end.end()])
        start = end.end()
    if start < len(text):
        found.append(text[start:])
    return found


def _ends(text: str, start: int, end: re.Match[str]) -> bool:
    following = text[end.end() : end.end() + 1]
    if following.islower():
        return False
    if end.group("dot") != ".":
        return True
    last = _LAST_WORD.search(text, start, end.start())
    if last is None:
        return True
    word = last.group()
    initial = len(word) == 1 and word.isupper()
    return not (initial or _SHORT_NUMBER.fullmatch(word) or word.lower() in _ABBREVIATIONS)
