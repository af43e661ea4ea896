"""PDF by pdfium: the text of each page in the order of its content."""

import ctypes
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from agenthub.services.intelligence.knowledge.parsers.document import (
    MOST_PAGES,
    MOST_TEXT_BYTES,
    ParsedDocument,
    Refused,
    folded,
)
from agenthub.services.intelligence.knowledge.parsers.pdf_layout import Line, blocks_of

_SIGNATURE = b"%PDF-"
_SIGNATURE_WITHIN = 1024
# pdfium's mark for a hyphen that breaks a word at the end of a line; the word goes on after it.
_BROKEN_WORD = "\ufffe"
_REFUSALS = {
    pdfium.FPDF_ERR_PASSWORD: "The PDF is encrypted; send it without a password.",
    pdfium.FPDF_ERR_SECURITY: "The PDF is encrypted in a way that cannot be read; send it without encryption.",
}


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
    return ParsedDocument(folded(document.get_metadata_value("Title")), blocks_of(pages))


def _page(document: pypdfium2.PdfDocument, number: int) -> list[Line]:
    """A page that is broken by itself counts as empty: the others are worth having."""
    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return []
    try:
        height = page.get_height()
        text_page = page.get_textpage()
    except pypdfium2.PdfiumError:
        page.close()
        return []
    try:
        return list(_lines(text_page, height or 1.0))
    finally:
        text_page.close()
        page.close()


def _lines(text_page: pypdfium2.PdfTextPage, height: float) -> Iterator[Line]:
    start = 0
    for raw in text_page.get_text_range().split("\r\n"):
        text = folded(raw.replace(_BROKEN_WORD, "").replace("\0", ""))
        if text:
            margin = len(raw) - len(raw.lstrip())
            top, bottom = _extent(text_page, start + margin)
            # A broken word runs on below: such a line ends lower than it begins.
            _, end = (
                _extent(text_page, start + len(raw.rstrip()) - 1) if _BROKEN_WORD in raw else (top, bottom)
            )
            yield Line(text, top / height, bottom / height, end / height)
        # pdfium counts UTF-16 units.
        start += len(raw.encode("utf-16-le", errors="surrogatepass")) // 2 + 2


def _extent(text_page: pypdfium2.PdfTextPage, position: int) -> tuple[float, float]:
    """Upper and lower edge, in points from the foot of the page, of the character at a place in the text."""
    index = pdfium.FPDFText_GetCharIndexFromTextIndex(text_page, position)
    box = pdfium.FS_RECTF()
    if index < 0 or not pdfium.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(box)):
        return 0.0, 0.0
    return box.top, box.bottom
