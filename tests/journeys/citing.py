"""PDF files printed by a real browser, and whether a quote stands on a page of one, read by other software.

Chromium prints; poppler's pdftotext, which shares nothing with the product's reader, tells what stands where.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from tests.engines.process import absent

Article = tuple[str, Sequence[str]]
_STYLE = (
    "@page { size: A4; margin: 22mm } body { font: 11pt/1.4 'DejaVu Serif', serif }"
    " h1 { font-size: 20pt } h2 { font-size: 15pt }"
)
# A hyphen at the end of a line may belong to the word or only break it: both readings are tried.
_LINE_END_HYPHEN = re.compile(r"(?<=\w)[-\u2010\u00ad]\s*\n\s*(?=\w)")
# In the order of the content stream, and in that of reading; each tears a word apart where the other does not.
_ORDERS = (("-raw",), ())
_BESIDE_MARKS = re.compile(r"(?<=[(\[]) | (?=[.,;:)\]])")
_SPACE = re.compile(r"[\s\u200b]+")


@dataclass(frozen=True)
class Seen:
    """The text of a page, white space folded, in each order and each reading of its line-end hyphens."""

    readings: Sequence[str]

    def holds(self, quote: str) -> bool:
        return any(folded(quote) in reading for reading in self.readings)


def folded(text: str) -> str:
    """One space for each run of white space, that of no width included; none at the ends or at brackets.

    A PDF does not say where white space is: each reader infers it from gaps, at marks not all alike.
    """
    return _BESIDE_MARKS.sub("", _SPACE.sub(" ", text)).strip()


def printed(title: str, articles: Iterable[Article]) -> bytes:
    """A PDF of these articles, each a heading with its paragraphs."""
    chromium = shutil.which("chromium") or absent("Chromium", "chromium")
    body = "".join(
        f"<h2>{escape(name)}</h2>" + "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
        for name, paragraphs in articles
    )
    page = (
        f"<!doctype html><meta charset=utf-8><title>{escape(title)}</title><style>{_STYLE}</style>"
        f"<h1>{escape(title)}</h1>{body}"
    )
    with tempfile.TemporaryDirectory(prefix="agenthub-") as folder:
        source, target = Path(folder) / "page.html", Path(folder) / "page.pdf"
        source.write_text(page, encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile"]
        subprocess.run(
            [chromium, *options, "--no-pdf-header-footer", f"--print-to-pdf={target}", source.as_uri()],
            check=True,
            capture_output=True,
            timeout=120,
        )
        return target.read_bytes()


def pages_of(content: bytes) -> list[Seen]:
    """What pdftotext reads on each page; the first is page 1 of the file."""
    reader = shutil.which("pdftotext") or absent("pdftotext", "poppler-utils")
    with tempfile.TemporaryDirectory(prefix="agenthub-") as folder:
        path = Path(folder) / "document.pdf"
        path.write_bytes(content)
        orders = [_texts(reader, path, *order) for order in _ORDERS]
    return [_seen(texts) for texts in zip(*orders, strict=True)]


def _texts(reader: str, path: Path, *order: str) -> list[str]:
    """The text of each page, asked for one by one until there is no such page."""
    texts: list[str] = []
    while True:
        number = str(len(texts) + 1)
        command = [reader, "-enc", "UTF-8", *order, "-f", number, "-l", number, str(path), "-"]
        ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        if ended.returncode or not ended.stdout:
            return texts
        texts.append(ended.stdout)


def _seen(texts: Iterable[str]) -> Seen:
    return Seen([folded(_LINE_END_HYPHEN.sub(instead, text)) for text in texts for instead in ("-", "")])
