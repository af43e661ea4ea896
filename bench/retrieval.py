"""How often the right passage comes first: `python -m bench.retrieval FOLDER` with XQuAD's en, hi and es.json.

Prints hit@1 and hit@5 for each language and store beside the figures of the literature's methods, and the
time of a query; `--postgres URL` adds the PostgreSQL store, `--chunks N` a base of N mixed passages.
"""

import argparse
import asyncio
import json
import random
import re
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from agenthub.services.intelligence.embeddings.embedders.builtin import BuiltinModel
from agenthub.services.intelligence.knowledge.ranking import Ranked, rank, weight_of
from agenthub.services.intelligence.knowledge.stores import fts5, postings
from agenthub.services.intelligence.knowledge.stores.lexical import Entry, LexicalIndex, LexicalScore
from agenthub.services.intelligence.knowledge.text.grams import GramAnalyzer
from agenthub.services.intelligence.knowledge.text.stems import StemAnalyzer
from tests.executors import PostgresExecutor, SqliteExecutor

LANGUAGES = ("en", "hi", "es")
CANDIDATES = 100
BASE = "kb_bench"
REFERENCE = {
    "BM25 stems (reference)": ("0.929 / 0.988", "0.913 / 0.979", "0.920 / 0.987"),
    "BM25 4-grams (reference)": ("0.929 / 0.992", "0.917 / 0.987", "0.920 / 0.989"),
    "both, z-scored (reference)": ("0.944 / 0.990", "0.933 / 0.987", "0.937 / 0.991"),
}
ARMS = ("stems", "grams", "both", "both + builtin")

Question = tuple[str, int]


def load(folder: Path, language: str) -> tuple[list[str], list[Question]]:
    """The passages, and each question with the number of its passage."""
    passages: list[str] = []
    questions: list[Question] = []
    for article in json.loads((folder / f"{language}.json").read_text())["data"]:
        for paragraph in article["paragraphs"]:
            questions += [(asked["question"], len(passages)) for asked in paragraph["qas"]]
            passages.append(paragraph["context"])
    return passages, questions


@asynccontextmanager
async def stores(postgres: str | None) -> AsyncIterator[dict[str, LexicalIndex]]:
    analyzers = StemAnalyzer(), GramAnalyzer()
    with tempfile.TemporaryDirectory() as folder:
        sqlite = SqliteExecutor(Path(folder) / "bench.db")
        for statement in fts5.SCHEMA:
            await sqlite.execute(statement)
        found: dict[str, LexicalIndex] = {"SQLite": fts5.Fts5Index(sqlite, *analyzers)}
        connection = await asyncpg.connect(postgres) if postgres else None
        if connection is not None:
            for statement in postings.SCHEMA:
                await connection.execute(statement)
            found["PostgreSQL"] = postings.PostingsIndex(PostgresExecutor(connection), *analyzers)
        try:
            yield found
        finally:
            sqlite.close()
            if connection is not None:
                await connection.close()


def orders(
    scores: Sequence[LexicalScore], vectors: Mapping[str, float], weight: float
) -> dict[str, list[str]]:
    """The passages' ids, best first, by each way of ranking."""
    by: dict[str, Sequence[LexicalScore | Ranked]] = {
        "stems": sorted(scores, key=lambda one: -one.stems),
        "grams": sorted(scores, key=lambda one: -one.grams),
        "both": rank(scores),
        "both + builtin": rank(scores, vectors, vector_weight=weight),
    }
    return {name: [one.chunk_id for one in ranked] for name, ranked in by.items()}


async def measure(
    index: LexicalIndex, passages: list[str], questions: list[Question], language: str, weight: float
) -> tuple[dict[str, str], float]:
    """hit@1 / hit@5 of each way of ranking, and the median milliseconds of a lexical query."""
    await index.drop(BASE)
    await index.add(BASE, [Entry(str(n), text, language) for n, text in enumerate(passages)])
    model = BuiltinModel()
    documents = await model.embed(passages, "document")
    asked = await model.embed([question for question, _ in questions], "query")
    hits = {name: [0, 0] for name in ARMS}
    times = []
    for (question, right), vector in zip(questions, asked, strict=True):
        start = time.perf_counter()
        scores = await index.scores(BASE, question, language, CANDIDATES)
        times.append((time.perf_counter() - start) * 1000)
        near = {
            str(n): sum(a * b for a, b in zip(vector, other, strict=True))
            for n, other in enumerate(documents)
        }
        nearest = dict(sorted(near.items(), key=lambda pair: -pair[1])[:CANDIDATES])
        for name, order in orders(scores, nearest, weight).items():
            hits[name][0] += str(right) == order[0]
            hits[name][1] += str(right) in order[:5]
    await index.drop(BASE)
    share = {
        name: f"{one / len(questions):.4f} / {five / len(questions):.4f}"
        for name, (one, five) in hits.items()
    }
    return share, statistics.median(times)


def mixed(folder: Path, count: int) -> list[Entry]:
    """Passages of five sentences taken from all over one language, the languages in turn.

    Harder than real text: its words are few, so each occurs in a share of the passages that never falls.
    """
    chance = random.Random(1)
    sentences = {
        language: [s for text in load(folder, language)[0] for s in re.split(r"(?<=[.।?!]) ", text)]
        for language in LANGUAGES
    }
    return [
        Entry(
            f"mixed{n}",
            " ".join(chance.sample(sentences[LANGUAGES[n % 3]], 5)),
            LANGUAGES[n % len(LANGUAGES)],
        )
        for n in range(count)
    ]


async def latency(index: LexicalIndex, folder: Path, count: int) -> str:
    await index.drop(BASE)
    entries = mixed(folder, count)
    start = time.perf_counter()
    for first in range(0, count, 500):
        await index.add(BASE, entries[first : first + 500])
    loaded = time.perf_counter() - start
    chance = random.Random(2)
    asked = [
        (question, language)
        for language in LANGUAGES
        for question, _ in chance.sample(load(folder, language)[1], 30)
    ]
    times = []
    for question, language in asked:
        start = time.perf_counter()
        rank(await index.scores(BASE, question, language, CANDIDATES))
        times.append((time.perf_counter() - start) * 1000)
    await index.drop(BASE)
    times.sort()
    return (
        f"{count} passages loaded in {loaded:.0f} s; a query p50 {statistics.median(times):.0f} ms,"
        f" p95 {times[int(len(times) * 0.95)]:.0f} ms"
    )


def row(name: str, cells: Sequence[str]) -> None:
    print(f"{name:34}" + "".join(f"{cell:>18}" for cell in cells))


async def run(options: argparse.Namespace) -> None:
    folder = Path(options.folder)
    async with stores(options.postgres) as indexes:
        row("hit@1 / hit@5", LANGUAGES)
        for name, cells in REFERENCE.items():
            row(name, cells)
        for store, index in indexes.items():
            measured = [
                await measure(index, *load(folder, language), language, options.weight)
                for language in LANGUAGES
            ]
            for arm in ARMS:
                row(f"{store}: {arm}", [shares[arm] for shares, _ in measured])
            row(f"{store}: ms a query, p50", [f"{median:.1f}" for _, median in measured])
            if options.chunks:
                print(f"{store}: {await latency(index, folder, options.chunks)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="the folder of en.json, hi.json and es.json")
    parser.add_argument("--postgres", help="a database to fill and empty, postgresql://…")
    parser.add_argument("--chunks", type=int, default=0, help="passages of the latency run")
    parser.add_argument(
        "--weight", type=float, default=weight_of("builtin"), help="of the built-in embedder's scores"
    )
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
