"""From a file to the page that answers, through every part."""

from pathlib import Path

import msgspec

from agenthub.services.intelligence.knowledge.chunking import chunks_of
from agenthub.services.intelligence.knowledge.parsers.document import ParsedDocument
from agenthub.services.intelligence.knowledge.parsers.entry import parse
from agenthub.services.intelligence.knowledge.ranking import rank
from agenthub.services.intelligence.knowledge.stores.fts5 import SCHEMA, Fts5Index
from agenthub.services.intelligence.knowledge.stores.lexical import Entry
from agenthub.services.intelligence.knowledge.text.grams import GramAnalyzer
from agenthub.services.intelligence.knowledge.text.stems import StemAnalyzer
from tests.documents import lines, pdf
from tests.executors import SqliteExecutor

GOODS = ["kettle", "bicycle", "umbrella", "violin", "telescope", "carpet", "lantern", "compass"]
PLACES = ["harbour", "station", "cathedral", "orchard", "quarry", "lighthouse", "bakery"]


def page(number: int) -> str:
    return f"The {GOODS[number % 8]} from the {PLACES[number % 7]} costs {number * 13} euros in our shop."


async def test_the_question_about_page_37_of_50_finds_it_with_its_quote(tmp_path: Path) -> None:
    file = tmp_path / "goods.pdf"
    file.write_bytes(pdf([lines(page(n), "It is delivered within three days.") for n in range(1, 51)]))
    document = msgspec.json.decode(parse(file, "application/pdf", "goods.pdf"), type=ParsedDocument)
    chunks = {f"chk_{chunk.position}": chunk for chunk in chunks_of(document.blocks, size=40, overlap=0)}
    executor = SqliteExecutor(tmp_path / "lexical.db")
    for statement in SCHEMA:
        await executor.execute(statement)
    index = Fts5Index(executor, StemAnalyzer(), GramAnalyzer())
    await index.add("kb_1", [Entry(chunk_id, chunk.text) for chunk_id, chunk in chunks.items()])
    question = f"What do {GOODS[37 % 8]}s of the {PLACES[37 % 7]} cost?"
    best = chunks[rank(await index.scores("kb_1", question, None, 50))[0].chunk_id]
    executor.close()
    assert best.page_at(best.text.index(page(37))) == 37
