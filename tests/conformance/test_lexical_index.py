"""Every lexical index finds, forgets and counts alike."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from agenthub.services.intelligence.knowledge.ranking import rank
from agenthub.services.intelligence.knowledge.stores import bm25, fts5, postings
from agenthub.services.intelligence.knowledge.stores.lexical import Entry, LexicalIndex
from agenthub.services.intelligence.knowledge.text.grams import GramAnalyzer
from agenthub.services.intelligence.knowledge.text.stems import StemAnalyzer
from tests.executors import PostgresExecutor, SqliteExecutor

BASE, OTHER = "kb_one", "kb_two"
SHOP = [
    Entry("returns", "Shoes may be returned within thirty days of delivery.", "en"),
    Entry("delivery", "Delivery takes three days and costs five euros.", "en"),
    Entry("hindi", "जूते तीस दिनों के भीतर वापस किए जा सकते हैं।", "hi"),
    Entry("opening", "The shop is open from nine to six.", "en"),
]


@pytest.fixture(params=["sqlite", "postgres"])
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LexicalIndex]:
    analyzers = StemAnalyzer(), GramAnalyzer()
    if request.param == "sqlite":
        sqlite = SqliteExecutor(tmp_path / "lexical.db")
        for statement in fts5.SCHEMA:
            await sqlite.execute(statement)
        yield fts5.Fts5Index(sqlite, *analyzers)
        sqlite.close()
        return
    server = request.getfixturevalue("postgres")
    connection = await asyncpg.connect(await server.new_database())
    for statement in postings.SCHEMA:
        await connection.execute(statement)
    yield postings.PostingsIndex(PostgresExecutor(connection), *analyzers)
    await connection.close()


async def first(index: LexicalIndex, query: str, language: str = "en", base: str = BASE) -> str:
    ranked = rank(await index.scores(base, query, language, 10))
    return ranked[0].chunk_id if ranked else "nothing"


async def test_the_passage_that_answers_comes_first(index: LexicalIndex) -> None:
    await index.add(BASE, SHOP)
    assert await first(index, "Until when can I return my shoes?") == "returns"
    assert await first(index, "how much does delivery cost") == "delivery"
    assert await first(index, "जूते वापस करने के लिए कितने दिन हैं?", "hi") == "hindi"


async def test_a_misspelt_word_is_found_by_its_pieces(index: LexicalIndex) -> None:
    await index.add(BASE, SHOP)
    scores = await index.scores(BASE, "delivary", "en", 10)
    best = rank(scores)[0]
    assert best.chunk_id == "delivery"
    assert best.stems == 0
    assert best.grams > 0


async def test_a_query_without_a_shared_word_finds_nothing(index: LexicalIndex) -> None:
    await index.add(BASE, SHOP)
    assert await index.scores(BASE, "xyzzy", "en", 10) == []
    assert await index.scores(BASE, "?!", "en", 10) == []
    assert await index.scores("kb_unknown", "shoes", "en", 10) == []


async def test_a_word_of_every_passage_still_counts(index: LexicalIndex) -> None:
    await index.add(BASE, [Entry("a", "tea tea tea", "en"), Entry("b", "tea with milk and sugar", "en")])
    scores = {one.chunk_id: one.stems for one in await index.scores(BASE, "tea", "en", 10)}
    assert scores["a"] > scores["b"] > 0


async def test_scores_are_those_of_the_formula(index: LexicalIndex) -> None:
    await index.add(BASE, [Entry("a", "tea tea", "en"), Entry("b", "milk", "en")])
    (score,) = await index.scores(BASE, "tea", "en", 10)
    statistics = bm25.Statistics(passages=2, length=3, holding={"tea": 1})
    assert score.stems == pytest.approx(bm25.Scorer(statistics).score({"tea": 2}, 2))


async def test_a_replaced_passage_loses_its_former_words(index: LexicalIndex) -> None:
    await index.add(BASE, SHOP)
    await index.add(BASE, [Entry("opening", "Closed on Sundays.", "en")])
    assert await index.scores(BASE, "nine", "en", 10) == []
    assert await first(index, "sunday") == "opening"


async def test_the_last_of_two_entries_with_one_id_is_kept(index: LexicalIndex) -> None:
    await index.add(BASE, [Entry("a", "coffee", "en"), Entry("a", "tea", "en")])
    assert await first(index, "coffee") == "nothing"
    assert await first(index, "tea") == "a"


async def test_a_removed_passage_is_gone_and_counts_no_more(index: LexicalIndex) -> None:
    await index.add(BASE, SHOP)
    before = await index.scores(BASE, "shoes", "en", 10)
    await index.add(BASE, [Entry("extra", "Shoes, shoes and more shoes for winter days.", "en")])
    await index.remove(BASE, ["extra", "never-there"])
    assert await index.scores(BASE, "shoes", "en", 10) == before
    await index.remove("kb_unknown", ["extra"])


async def test_one_base_never_moves_the_scores_of_another(index: LexicalIndex) -> None:
    await index.add(BASE, SHOP)
    before = await index.scores(BASE, "shoes delivery", "en", 10)
    await index.add(OTHER, [Entry(f"o{n}", "shoes delivery shoes", "en") for n in range(20)])
    assert await index.scores(BASE, "shoes delivery", "en", 10) == before
    await index.drop(OTHER)
    assert await index.scores(OTHER, "shoes", "en", 10) == []
    assert await index.scores(BASE, "shoes delivery", "en", 10) == before
    await index.drop(OTHER)


async def test_a_hidden_passage_moves_no_score(index: LexicalIndex) -> None:
    await index.add(BASE, SHOP)
    seen = ["returns", "opening"]
    before = await index.scores(BASE, "returned shoes", "en", 10, among=seen)
    await index.add(BASE, [Entry("secret", "Returned shoes are secretly resold.", "en")])
    assert await index.scores(BASE, "returned shoes", "en", 10, among=seen) == before
    assert rank(before)[0].chunk_id == "returns"
    assert await index.scores(BASE, "returned shoes", "en", 10, among=[]) == []


async def test_among_many_passages_the_hidden_one_is_no_candidate(
    index: LexicalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    for store in (fts5, postings):
        monkeypatch.setattr(store, "STRICT_PASSAGES", 1)
    await index.add(BASE, SHOP)
    scores = await index.scores(BASE, "euros thirty", "en", 10, among=["delivery", "opening"])
    assert [one.chunk_id for one in scores] == ["delivery"]


async def test_the_limit_holds_for_each_arm(index: LexicalIndex) -> None:
    await index.add(BASE, [Entry(f"p{n}", f"tea number{n}", "en") for n in range(30)])
    assert 3 <= len(await index.scores(BASE, "tea", "en", 3)) <= 6


async def test_a_word_of_a_megabyte_is_indexed(index: LexicalIndex) -> None:
    await index.add(BASE, [Entry("long", "x" * 1_000_000, "en")])
    assert await first(index, "x" * 64) == "long"
