"""Lexical search on SQLite's FTS5: two full-text tables for each knowledge base.

FTS5 (sqlite.org/fts5.html) keeps the posting lists and proposes candidates; the counted terms of each passage
stand beside them, for the exact score and because a contentless table must be told what to delete.
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from agenthub.services.intelligence.knowledge.stores.bm25 import (
    STRICT_PASSAGES,
    Scorer,
    Statistics,
    counted,
    rarest,
)
from agenthub.services.intelligence.knowledge.stores.executor import Executor
from agenthub.services.intelligence.knowledge.stores.lexical import Entry, LexicalIndex, LexicalScore
from agenthub.services.intelligence.knowledge.text.analyzer import Analyzer

SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS lexical_bases (
        base_id TEXT PRIMARY KEY, passages INTEGER NOT NULL, stems INTEGER NOT NULL, grams INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
)
ARMS = ("stems", "grams")
ROWS_A_STATEMENT = 400
_SAFE = re.compile(r"[a-z0-9]+_[a-z0-9]+")
# `ascii` keeps every other character whole, so FTS5 never splits or folds a term of ours.
_TOKENIZER = "tokenize=\"ascii tokenchars '_'\""


class _Arm(msgspec.Struct, frozen=True):
    """A passage's terms on one arm with their counts, and the sum of those."""

    counts: dict[str, int]
    length: int


class _Row(msgspec.Struct, frozen=True):
    """A passage as kept: its number, its id, and both arms."""

    number: int
    chunk_id: str
    stems: _Arm
    grams: _Arm

    def arm(self, name: str) -> _Arm:
        return self.stems if name == "stems" else self.grams


class Fts5Index(LexicalIndex):
    """The tables are made when a base gets its first passage."""

    def __init__(self, executor: Executor, stems: Analyzer, grams: Analyzer) -> None:
        self._db = executor
        self._analyzers = {"stems": stems, "grams": grams}

    async def add(self, base_id: str, entries: Sequence[Entry]) -> None:
        newest = {entry.chunk_id: entry for entry in entries}
        if not newest:
            return
        table = _table(base_id)
        await self._make(base_id, table)
        await self.remove(base_id, newest.keys())
        analysed = await asyncio.to_thread(self._analysed, list(newest.values()))
        for start in range(0, len(analysed), ROWS_A_STATEMENT):
            some = analysed[start : start + ROWS_A_STATEMENT]
            marks = ",".join(["(?,?,?,?,?)"] * len(some))
            packed = [value for row in some for value in row]
            await self._db.execute(
                f"INSERT INTO {table}(chunk_id, stems, stem_length, grams, gram_length) VALUES {marks}",  # noqa: S608  a checked name
                packed,
            )
        rows = await self._rows(table, newest.keys())
        for arm in ARMS:
            await self._index(arm, rows, f"INSERT INTO {table}_{arm}(rowid, terms) SELECT")
        await self._count(base_id, rows, 1)

    async def remove(self, base_id: str, chunk_ids: Collection[str]) -> None:
        if not await self._known(base_id):
            return
        table = _table(base_id)
        rows = await self._rows(table, chunk_ids)
        if not rows:
            return
        for arm in ARMS:
            deletion = f"INSERT INTO {table}_{arm}({table}_{arm}, rowid, terms) SELECT 'delete',"
            await self._index(arm, rows, deletion)
        await self._db.execute(
            f"DELETE FROM {table} WHERE number IN (SELECT value FROM json_each(?))",  # noqa: S608  a checked name
            [json.dumps([row.number for row in rows])],
        )
        await self._count(base_id, rows, -1)

    async def scores(
        self, base_id: str, query: str, language: str | None, limit: int, among: Collection[str] | None = None
    ) -> list[LexicalScore]:
        totals = await self._known(base_id)
        if not totals or (among is not None and not among):
            return []
        wanted = {arm: set(analyzer.terms(query, language)) for arm, analyzer in self._analyzers.items()}
        if among is not None and len(among) <= STRICT_PASSAGES:
            rows = await self._rows(_table(base_id), among)
            return await asyncio.to_thread(_strict, rows, wanted, limit)
        passages, *lengths = totals
        statistics = {
            arm: Statistics(passages, length, await self._holding(_table(base_id), arm, wanted[arm]))
            for arm, length in zip(ARMS, lengths, strict=True)
        }
        candidates: set[int] = set()
        for arm in ARMS:
            terms = rarest(wanted[arm], statistics[arm])
            candidates.update(await self._candidates(_table(base_id), arm, terms, limit, among))
        found = await self._numbered(_table(base_id), candidates)
        return await asyncio.to_thread(_scored, found, statistics)

    async def drop(self, base_id: str) -> None:
        if not await self._known(base_id):
            return
        table = _table(base_id)
        for name in (f"{table}_{arm}_terms" for arm in ARMS):
            await self._db.execute(f"DROP TABLE IF EXISTS {name}")
        for name in (*(f"{table}_{arm}" for arm in ARMS), table):
            await self._db.execute(f"DROP TABLE IF EXISTS {name}")
        await self._db.execute("DELETE FROM lexical_bases WHERE base_id = ?", [base_id])

    async def _make(self, base_id: str, table: str) -> None:
        if await self._known(base_id):
            return
        await self._db.execute(
            f"CREATE TABLE IF NOT EXISTS {table} (number INTEGER PRIMARY KEY, chunk_id TEXT UNIQUE NOT NULL,"
            " stem_length INTEGER NOT NULL, gram_length INTEGER NOT NULL, stems BLOB NOT NULL, grams BLOB NOT NULL)"
        )
        for arm in ARMS:
            name = f"{table}_{arm}"
            await self._db.execute(
                f"CREATE VIRTUAL TABLE IF NOT EXISTS {name} USING fts5(terms, content='', {_TOKENIZER})"
            )
            await self._db.execute(
                f"CREATE VIRTUAL TABLE IF NOT EXISTS {name}_terms USING fts5vocab({name}, 'row')"
            )
        await self._db.execute("INSERT OR IGNORE INTO lexical_bases VALUES (?, 0, 0, 0)", [base_id])

    async def _known(self, base_id: str) -> tuple[int, int, int] | None:
        rows = await self._db.fetch(
            "SELECT passages, stems, grams FROM lexical_bases WHERE base_id = ?", [base_id]
        )
        return (rows[0][0], rows[0][1], rows[0][2]) if rows else None

    async def _count(self, base_id: str, rows: Sequence[_Row], sign: int) -> None:
        await self._db.execute(
            "UPDATE lexical_bases SET passages = passages + ?, stems = stems + ?, grams = grams + ?"
            " WHERE base_id = ?",
            [
                sign * len(rows),
                sign * sum(row.stems.length for row in rows),
                sign * sum(row.grams.length for row in rows),
                base_id,
            ],
        )

    async def _index(self, arm: str, rows: Sequence[_Row], statement: str) -> None:
        values = json.dumps([[row.number, _joined(row.arm(arm).counts)] for row in rows])
        await self._db.execute(
            f"{statement} json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)",
            [values],
        )

    async def _rows(self, table: str, chunk_ids: Collection[str]) -> list[_Row]:
        where = "chunk_id IN (SELECT value FROM json_each(?))"
        return await self._read(table, where, sorted(chunk_ids))

    async def _numbered(self, table: str, numbers: Collection[int]) -> list[_Row]:
        return await self._read(table, "number IN (SELECT value FROM json_each(?))", sorted(numbers))

    async def _read(self, table: str, where: str, keys: Sequence[Any]) -> list[_Row]:
        rows = await self._db.fetch(
            f"SELECT number, chunk_id, stems, stem_length, grams, gram_length FROM {table} WHERE {where}",  # noqa: S608  a checked name
            [json.dumps(keys)],
        )
        return await asyncio.to_thread(_unpacked, rows)

    async def _holding(self, table: str, arm: str, terms: Collection[str]) -> dict[str, int]:
        rows = await self._db.fetch(
            f"SELECT term, doc FROM {table}_{arm}_terms WHERE term IN (SELECT value FROM json_each(?))",  # noqa: S608  a checked name
            [json.dumps(sorted(terms))],
        )
        return {row[0]: row[1] for row in rows}

    async def _candidates(
        self, table: str, arm: str, terms: Sequence[str], limit: int, among: Collection[str] | None
    ) -> list[int]:
        if not terms:
            return []
        visible, allowed = "", []
        if among is not None:
            # The plus keeps SQLite from asking FTS5 for one passage after another.
            visible = f" AND +rowid IN (SELECT number FROM {table} WHERE chunk_id IN (SELECT value FROM json_each(?)))"  # noqa: S608  a checked name
            allowed = [json.dumps(sorted(among))]
        name = f"{table}_{arm}"
        rows = await self._db.fetch(
            f"SELECT rowid FROM {name} WHERE {name} MATCH ?{visible} ORDER BY rank LIMIT ?",  # noqa: S608  a checked name
            [" OR ".join(f'"{term}"' for term in terms), *allowed, limit],
        )
        return [row[0] for row in rows]

    def _analysed(self, entries: Iterable[Entry]) -> list[tuple[str, bytes, int, bytes, int]]:
        stems, grams = self._analyzers["stems"], self._analyzers["grams"]
        return [
            (
                one.chunk_id,
                *_packed(stems.terms(one.text, one.language)),
                *_packed(grams.terms(one.text, one.language)),
            )
            for one in entries
        ]


def _table(base_id: str) -> str:
    """A table's name cannot be a parameter, so the id is checked."""
    if _SAFE.fullmatch(base_id) is None:
        raise ValueError(f"{base_id!r} is not the id of a knowledge base")
    return f"lexical_{base_id}"


def _packed(terms: Sequence[str]) -> tuple[bytes, int]:
    return msgspec.msgpack.encode(Counter(terms)), len(terms)


def _unpacked(rows: Sequence[Sequence[Any]]) -> list[_Row]:
    counts = msgspec.msgpack.Decoder(dict[str, int])
    return [
        _Row(number, id_, _Arm(counts.decode(stems), length), _Arm(counts.decode(grams), gram_length))
        for number, id_, stems, length, grams, gram_length in rows
    ]


def _joined(counts: Mapping[str, int]) -> str:
    return " ".join(f"{term} " * count for term, count in counts.items())


def _scored(rows: Sequence[_Row], statistics: Mapping[str, Statistics]) -> list[LexicalScore]:
    stems, grams = Scorer(statistics["stems"]), Scorer(statistics["grams"])
    return [
        LexicalScore(
            row.chunk_id,
            stems.score(row.stems.counts, row.stems.length),
            grams.score(row.grams.counts, row.grams.length),
        )
        for row in rows
    ]


def _strict(rows: Sequence[_Row], wanted: Mapping[str, set[str]], limit: int) -> list[LexicalScore]:
    """Scores from the counts of these rows alone; the best `limit` of each arm that share a term at all."""
    statistics = {}
    for name in ARMS:
        arms = [row.arm(name) for row in rows]
        statistics[name] = counted(
            [arm.counts for arm in arms], sum(arm.length for arm in arms), wanted[name]
        )
    scored = _scored(rows, statistics)
    by_stems = sorted(scored, key=lambda one: (-one.stems, one.chunk_id))[:limit]
    by_grams = sorted(scored, key=lambda one: (-one.grams, one.chunk_id))[:limit]
    best = {one.chunk_id: one for one in (*by_stems, *by_grams) if one.stems or one.grams}
    return list(best.values())
