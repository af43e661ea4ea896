"""PDF by pdfium: the text of each page in the order of its content."""

import ctypes
import string
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import pypdfium2
import pypdfium2.raw as pdfium

from agenthub.services.intelligence.knowledge.parsers.document import (
    MOST_PAGES,
    MOST_TEXT_BYTES,
    ParsedDocument,
    Refused,
    folded,
)
from agenthub.services.intelligence.knowledge.parsers.pdf_hyphens import BROKEN, Hyphens
from agenthub.services.intelligence.knowledge.parsers.pdf_layout import Line, blocks_of

_SIGNATURE = b"%PDF-"
_SIGNATURE_WITHIN = 1024
_NO_TEXT = f"{BROKEN}\0{string.whitespace}"
_REFUSALS = {
    pdfium.FPDF_ERR_PASSWORD: "The PDF is encrypted; send it without a password.",
    pdfium.FPDF_ERR_SECURITY: "The PDF is encrypted in a way that cannot be read; send it without encryption.",
}


class _Sheet(NamedTuple):
    """The lower edge of a page and its height, in points."""

    foot: float
    height: float

    def share(self, y: float) -> float:
        return (y - self.foot) / self.height


def read(path: Path) -> ParsedDocument:
    with path.open("rb") as file:
        if _SIGNATURE not in file.read(_SIGNATURE_WITHIN):
            raise Refused("The file is not a PDF, whatever its name says.")
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        detail = _REFUSALS.get(error.err_code, "The PDF is damaged and cannot be opened.")
        raise Refused(detail) from error
    try:
        return _read(document)
    finally:
        document.close()


def _read(document: pypdfium2.PdfDocument) -> ParsedDocument:
    count = len(document)
    if count > MOST_PAGES:
        raise Refused(f"The PDF has {count} pages; at most {MOST_PAGES} are taken.")
    pages: list[list[Line]] = []
    size = 0
    for number in range(count):
        pages.append(_page(document, number))
        size += sum(len(line.text) for line in pages[-1])
        if size > MOST_TEXT_BYTES:
            raise Refused(f"The PDF holds more than {MOST_TEXT_BYTES} bytes of text, the most that is taken.")
    if not size:
        raise Refused(
            "The PDF holds pictures of pages and no text; send one with text, for example after text recognition."
            if count
            else "The PDF has no pages."
        )
    return ParsedDocument(folded(document.get_metadata_value("Title")), blocks_of(_mended(pages)))


def _mended(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    hyphens = Hyphens(line.text for page in pages for line in page)
    return [
        [msgspec.structs.replace(line, text=hyphens.mended(line.text)) for line in page] for page in pages
    ]


def _page(document: pypdfium2.PdfDocument, number: int) -> list[Line]:
    """A page that is broken by itself counts as empty: the others are worth having."""
    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return []
    try:
        _, foot, _, head = page.get_cropbox()
        text_page = page.get_textpage()
    except pypdfium2.PdfiumError:
        page.close()
        return []
    try:
        return list(_lines(text_page, _Sheet(foot, max(1.0, head - foot))))
    finally:
        text_page.close()
        page.close()


def _lines(text_page: pypdfium2.PdfTextPage, sheet: _Sheet) -> Iterator[Line]:
    start = 0
    for raw in text_page.get_text_range().split("\r\n"):
        line = _placed(text_page, start, raw, sheet) if raw.strip(_NO_TEXT) else None
        # What no reader of the sheet can see is no part of the document.
        if line is not None and ((line.bottom < 1 and line.top > 0) or not line.size):
            yield line
        # pdfium counts UTF-16 units.
        start += len(raw.encode("utf-16-le", errors="surrogatepass")) // 2 + 2


def _placed(text_page: pypdfium2.PdfTextPage, start: int, raw: str, sheet: _Sheet) -> Line:
    text = folded(raw.replace("\0", ""))
    first = _extent(text_page, start + len(raw) - len(raw.lstrip()))
    # A broken word runs on below: such a line ends lower than it begins.
    last = _extent(text_page, start + len(raw.rstrip()) - 1) if BROKEN in raw else first
    if first is None or last is None:
        return Line(text, 0.0, 0.0, 0.0)
    return Line(text, sheet.share(first.top), sheet.share(first.bottom), sheet.share(last.bottom))


def _extent(text_page: pypdfium2.PdfTextPage, position: int) -> pdfium.FS_RECTF | None:
    """The box, in points of the page's space, of the character at a place in the text."""
    index = pdfium.FPDFText_GetCharIndexFromTextIndex(text_page, position)
    box = pdfium.FS_RECTF()
    found = index >= 0 and pdfium.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(box))
    return box if found else None
