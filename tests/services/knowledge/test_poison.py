"""A hostile document fails alone: read or refused, within the limits of its child process."""

from pathlib import Path

import msgspec
import pytest

from agenthub.kit.workers.child import ChildFailed, Children, Reason
from agenthub.services.intelligence.knowledge.parsers.document import ParsedDocument
from agenthub.services.intelligence.knowledge.parsers.entry import ParseRequest
from tests.documents import assemble, lines, pdf

ENTRY = "agenthub.services.intelligence.knowledge.parsers.entry.parse_request"
WHOLE = pdf([lines("The first page."), lines("The second page.")])
PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"
LOOP = assemble(
    [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R 2 0 R] /Count 2000000000 >>",
        "<< /Type /Pages /Parent 2 0 R /Kids [2 0 R 3 0 R] /Count 9 >>",
    ],
    "/Root 1 0 R",
)
ENCRYPTED = pdf(
    [lines("secret")],
    extra_trailer=(
        f"/Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O <{'ab' * 32}> /U <{'cd' * 32}> >>"
        f" /ID [<{'00' * 16}> <{'00' * 16}>]"
    ),
)


async def read(tmp_path: Path, media_type: str, content: bytes) -> ParsedDocument:
    file = tmp_path / "poison"
    file.write_bytes(content)
    request = msgspec.json.encode(ParseRequest(str(file), media_type, "poison"))
    return msgspec.json.decode(await Children(parallel=1).run(ENTRY, request), type=ParsedDocument)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (WHOLE[:40], "damaged"),
        (ENCRYPTED, "encrypted"),
        (LOOP, "pages"),
        (assemble(["<< /Type /Catalog /Pages 1 0 R >>"], "/Root 1 0 R"), "pages"),
        (b"%PDF-1.7\n" + b"[" * 200_000, "damaged"),
    ],
    ids=["truncated", "encrypted", "loop in the page tree", "catalog as its own pages", "deep array"],
)
async def test_a_poisonous_pdf_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    with pytest.raises(ChildFailed, match=sentence) as failed:
        await read(tmp_path, "application/pdf", content)
    assert failed.value.reason is Reason.refused


async def test_a_pdf_with_a_wrong_table_of_contents_is_read_all_the_same(tmp_path: Path) -> None:
    document = await read(tmp_path, "application/pdf", WHOLE.replace(b"startxref\n", b"startxref\n9"))
    assert [one.text for one in document.blocks] == ["The first page.", "The second page."]


@pytest.mark.parametrize("tag", [b"div", b"ul><li", b"table><tr><td", b"b", b"blockquote"])
async def test_markup_nested_ten_thousand_deep_is_read(tmp_path: Path, tag: bytes) -> None:
    document = await read(tmp_path, "text/html", b"<" + (tag + b"><") * 10_000 + b"p>found")
    assert "found" in " ".join(one.text for one in document.blocks)


async def test_markdown_nested_ten_thousand_deep_fails_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed, match="holds no text") as failed:
        await read(tmp_path, "text/markdown", b">" * 10_000 + b"[" * 10_000 + b" found")
    assert failed.value.reason is Reason.refused


async def test_a_megabyte_of_one_word_is_read(tmp_path: Path) -> None:
    document = await read(tmp_path, "text/plain", b"x" * 1_000_000)
    assert len(document.blocks[0].text) == 1_000_000


async def test_bytes_that_are_no_utf8_are_read(tmp_path: Path) -> None:
    assert (
        (await read(tmp_path, "text/html", b"<p>caf\xe9 \xff\xfe\x80</p>")).blocks[0].text.startswith("café")
    )
