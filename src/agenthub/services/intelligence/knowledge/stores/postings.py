"""Lexical search on PostgreSQL: a GIN index holds the posting lists, BM25 is computed in SQL.

A row for each term of each passage would take some 50 KB a passage; an inverted index over arrays of
64-bit keys (postgresql.org/docs/current/gin.html) takes a tenth. A key is the hash of base, arm and term,
so the lists of one base are never read for another.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from hashlib import blake2b

import msgspec

from agenthub.services.intelligence.knowledge.stores.bm25 import (
    K1,
    STRICT_PASSAGES,
    B,
    Statistics,
    rarest,
)
from agenthub.services.intelligence.knowledge.stores.executor import Executor
from agenthub.services.intelligence.knowledge.stores.lexical import Entry, LexicalIndex, LexicalScore
from agenthub.services.intelligence.knowledge.text.analyzer import Analyzer

SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS lexical_bases (
        base_id text PRIMARY KEY, passages bigint NOT NULL, stems bigint NOT NULL, grams bigint NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS lexical_terms (
        base_id text NOT NULL, key bigint NOT NULL, holding integer NOT NULL, PRIMARY KEY (base_id, key)
    ) WITH (fillfactor = 70)
    """,
    """
    CREATE TABLE IF NOT EXISTS lexical_passages (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        base_id text NOT NULL, chunk_id text NOT NULL,
        keys bigint[] NOT NULL, counts smallint[] NOT NULL, stems integer NOT NULL, grams integer NOT NULL,
        UNIQUE (base_id, chunk_id)
    )
    """,
    # Hashes do not compress; trying costs time at every write.
    "ALTER TABLE lexical_passages ALTER COLUMN keys SET STORAGE EXTERNAL",
    # A list of pending entries would be read through for each term of a query: a second in all.
    """
    CREATE INDEX IF NOT EXISTS lexical_passages_keys ON lexical_passages
    USING gin (keys) WITH (fastupdate = off)
    """,
)
MOST_REPETITIONS = 32_767

_INSERT = (
    "INSERT INTO lexical_passages (base_id, chunk_id, keys, counts, stems, grams)"
    " VALUES ($1, $2, $3, $4, $5, $6)"
)
_COUNT_TERMS = (
    "INSERT INTO lexical_terms AS known (base_id, key, holding)"
    " SELECT $1, key, count(*) FROM unnest($2::bigint[]) AS key GROUP BY key"
    " ON CONFLICT (base_id, key) DO UPDATE SET holding = known.holding + excluded.holding"
)
_COUNT_BASE = (
    "UPDATE lexical_bases SET passages = passages + $2, stems = stems + $3, grams = grams + $4"
    " WHERE base_id = $1"
)
_REMOVE = """
WITH gone AS (
    DELETE FROM lexical_passages WHERE base_id = $1 AND chunk_id = ANY ($2::text[])
    RETURNING keys, stems, grams
), fewer AS (
    UPDATE lexical_terms AS known SET holding = holding - lost.passages
    FROM (SELECT key, count(*)::integer AS passages FROM gone, unnest(keys) AS key GROUP BY key) AS lost
    WHERE known.base_id = $1 AND known.key = lost.key
)
UPDATE lexical_bases SET passages = passages - (SELECT count(*) FROM gone),
    stems = stems - (SELECT coalesce(sum(stems), 0) FROM gone),
    grams = grams - (SELECT coalesce(sum(grams), 0) FROM gone)
WHERE base_id = $1
"""
# A key belongs to one base; naming the base as well, or leaving out the fence that OFFSET is to the planner,
# makes a prepared statement's generic plan read every passage.
_CANDIDATES = """
SELECT passage.number
FROM unnest($1::bigint[], $2::float8[]) AS query (key, weight)
CROSS JOIN LATERAL (
    SELECT number, chunk_id FROM lexical_passages WHERE keys @> ARRAY[query.key] OFFSET 0
) AS passage
WHERE $4::text[] IS NULL OR passage.chunk_id = ANY ($4)
GROUP BY passage.number ORDER BY sum(query.weight) DESC, passage.number LIMIT $3
"""
# The multiplications follow stores/bm25.py; $5 and $6 are the average lengths of the two arms.
_SCORES = f"""
SELECT passage.chunk_id,
    coalesce(sum(query.weight * term.count / (term.count + {K1 * (1 - B)} + {K1 * B} * passage.stems / $5))
        FILTER (WHERE query.stem), 0)::float8,
    coalesce(sum(query.weight * term.count / (term.count + {K1 * (1 - B)} + {K1 * B} * passage.grams / $6))
        FILTER (WHERE NOT query.stem), 0)::float8
FROM lexical_passages AS passage
CROSS JOIN LATERAL unnest(passage.keys, passage.counts) AS term (key, count)
JOIN unnest($2::bigint[], $3::float8[], $4::boolean[]) AS query (key, weight, stem) USING (key)
WHERE passage.number = ANY ($1::bigint[]) AND passage.base_id = $7
GROUP BY passage.chunk_id
"""  # noqa: S608  two constants of this module
_AMONG = "WHERE base_id = $1 AND chunk_id = ANY ($2::text[])"


class _Counts(msgspec.Struct, frozen=True):
    """What the scores of one query are computed from: both arms' statistics, by key."""

    stems: Statistics
    grams: Statistics


class PostingsIndex(LexicalIndex):
    """Writers of one base wait for each other, so that its counts are never lost or deadlocked."""

    def __init__(self, executor: Executor, stems: Analyzer, grams: Analyzer) -> None:
        self._db = executor
        self._stems = stems
        self._grams = grams

    async def add(self, base_id: str, entries: Sequence[Entry]) -> None:
        newest = {entry.chunk_id: entry for entry in entries}
        if not newest:
            return
        await self._db.execute(
            "INSERT INTO lexical_bases VALUES ($1, 0, 0, 0) ON CONFLICT DO NOTHING", [base_id]
        )
        await self.remove(base_id, newest.keys())
        every: list[int] = []
        stems = grams = 0
        for entry in newest.values():
            counts, stem_length, gram_length = await asyncio.to_thread(self._analysed, base_id, entry)
            row = [entry.chunk_id, list(counts), list(counts.values()), stem_length, gram_length]
            await self._db.execute(_INSERT, [base_id, *row])
            every.extend(counts)
            stems, grams = stems + stem_length, grams + gram_length
        await self._db.execute(_COUNT_TERMS, [base_id, every])
        await self._db.execute(_COUNT_BASE, [base_id, len(newest), stems, grams])

    async def remove(self, base_id: str, chunk_ids: Collection[str]) -> None:
        await self._db.execute("SELECT 1 FROM lexical_bases WHERE base_id = $1 FOR UPDATE", [base_id])
        await self._db.execute(_REMOVE, [base_id, sorted(chunk_ids)])

    async def scores(
        self, base_id: str, query: str, language: str | None, limit: int, among: Collection[str] | None = None
    ) -> list[LexicalScore]:
        visible = None if among is None else sorted(among)
        stems = _keys(base_id, "stems", self._stems.terms(query, language))
        grams = _keys(base_id, "grams", self._grams.terms(query, language))
        counts = await self._counts(base_id, stems, grams, visible)
        if counts is None:
            return []
        candidates: set[int] = set()
        for statistics in (counts.stems, counts.grams):
            rare = [int(key) for key in rarest(statistics.holding, statistics)]
            weights = [statistics.idf(str(key)) for key in rare]
            rows = await self._db.fetch(_CANDIDATES, [rare, weights, limit, visible])
            candidates.update(row[0] for row in rows)
        return await self._scored(base_id, sorted(candidates), counts)

    async def drop(self, base_id: str) -> None:
        for table in ("lexical_passages", "lexical_terms", "lexical_bases"):
            await self._db.execute(f"DELETE FROM {table} WHERE base_id = $1", [base_id])  # noqa: S608  three constants

    async def _counts(
        self, base_id: str, stems: Collection[int], grams: Collection[int], visible: list[str] | None
    ) -> _Counts | None:
        keys = [*stems, *grams]
        if visible is not None and len(visible) <= STRICT_PASSAGES:
            totals = await self._db.fetch(
                f"SELECT count(*), sum(stems), sum(grams) FROM lexical_passages {_AMONG}",  # noqa: S608  a constant
                [base_id, visible],
            )
            rows = await self._db.fetch(
                f"SELECT key, count(*) FROM lexical_passages, unnest(keys) AS key {_AMONG}"  # noqa: S608  a constant
                " AND key = ANY ($3::bigint[]) GROUP BY key",
                [base_id, visible, keys],
            )
        else:
            totals = await self._db.fetch(
                "SELECT passages, stems, grams FROM lexical_bases WHERE base_id = $1", [base_id]
            )
            rows = await self._db.fetch(
                "SELECT key, holding FROM lexical_terms"
                " WHERE base_id = $1 AND key = ANY ($2::bigint[]) AND holding > 0",
                [base_id, keys],
            )
        if not rows:
            return None
        passages, stem_length, gram_length = totals[0]
        holding = {row[0]: int(row[1]) for row in rows}
        return _Counts(
            Statistics(passages, int(stem_length), {str(k): holding[k] for k in stems if k in holding}),
            Statistics(passages, int(gram_length), {str(k): holding[k] for k in grams if k in holding}),
        )

    async def _scored(self, base_id: str, numbers: Sequence[int], counts: _Counts) -> list[LexicalScore]:
        keys: list[int] = []
        weights: list[float] = []
        for statistics in (counts.stems, counts.grams):
            keys.extend(map(int, statistics.holding))
            weights.extend((K1 + 1) * statistics.idf(key) for key in statistics.holding)
        is_stem = [index < len(counts.stems.holding) for index in range(len(keys))]
        averages = [max(1.0, s.length / max(1, s.passages)) for s in (counts.stems, counts.grams)]
        rows = await self._db.fetch(_SCORES, [numbers, keys, weights, is_stem, *averages, base_id])
        return [LexicalScore(chunk_id, stems, grams) for chunk_id, stems, grams in rows]

    def _analysed(self, base_id: str, entry: Entry) -> tuple[dict[int, int], int, int]:
        """How often each key occurs, and the lengths of the arms."""
        stems = self._stems.terms(entry.text, entry.language)
        grams = self._grams.terms(entry.text, entry.language)
        counts = _keys(base_id, "stems", stems) | _keys(base_id, "grams", grams)
        return counts, len(stems), len(grams)


def _keys(base_id: str, arm: str, terms: Sequence[str]) -> dict[int, int]:
    """Each term's key with the number of its occurrences."""
    salt = blake2b(f"{base_id} {arm}".encode(), digest_size=16).digest()
    return {
        int.from_bytes(blake2b(term.encode(), digest_size=8, key=salt).digest(), signed=True): min(
            count, MOST_REPETITIONS
        )
        for term, count in Counter(terms).items()
    }
