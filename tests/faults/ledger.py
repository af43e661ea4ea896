"""The checker: what was accepted, what is stored and what was shown must agree, each message once."""

import asyncio
import json
import sqlite3
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from agenthub.host.catalog import SERVICES, load_all
from tests.faults.driver import Visitor

SETTLE_SECONDS = 60.0


@dataclass(frozen=True)
class Finding:
    """Something that does not agree: `kind` is lost, doubled, order, turn, queue, dead or integrity."""

    kind: str
    detail: str


class Books(ABC):
    """The databases of an installation, read beside the product."""

    def __init__(self, services: Sequence[str] = tuple(SERVICES)) -> None:
        self.services = services

    @abstractmethod
    async def rows(self, service: str, sql: str) -> list[tuple[Any, ...]]:
        """What a query finds in the service's database."""

    @abstractmethod
    async def damage(self) -> list[str]:
        """What the engine itself finds wrong with its files."""


class SqliteBooks(Books):
    def __init__(self, home: Path, services: Sequence[str] = tuple(SERVICES)) -> None:
        super().__init__(services)
        self._folder = home / "data"

    async def rows(self, service: str, sql: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(f"file:{self._folder / service}.db?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    async def damage(self) -> list[str]:
        found = {name: await self.rows(name, "PRAGMA integrity_check") for name in self.services}
        return [f"{name}: {row[0]}" for name, rows in found.items() for row in rows if row[0] != "ok"]


class PostgresBooks(Books):
    """Read by a role that row-level security does not bind."""

    def __init__(self, admin_url: str, services: Sequence[str]) -> None:
        super().__init__(services)
        self._url = admin_url
        self._connections: dict[str, Any] = {}

    async def rows(self, service: str, sql: str) -> list[tuple[Any, ...]]:
        if service not in self._connections:
            url = urlunsplit(urlsplit(self._url)._replace(path=f"/agenthub_{service}"))
            self._connections[service] = await asyncpg.connect(url)
        return [tuple(row) for row in await self._connections[service].fetch(sql)]

    async def close(self) -> None:
        for connection in self._connections.values():
            await connection.close()

    async def damage(self) -> list[str]:
        return []


async def settled(books: Books, visitors: Sequence[Visitor], within: float = SETTLE_SECONDS) -> list[Finding]:
    """What still does not agree when all work has ended, or after this time."""
    deadline = time.monotonic() + within
    while (findings := await check(books, visitors)) and time.monotonic() < deadline:
        if any(finding.kind in {"doubled", "dead", "integrity"} for finding in findings):
            break
        await asyncio.sleep(0.1)
    return findings + [Finding("integrity", line) for line in await books.damage()]


async def check(books: Books, visitors: Sequence[Visitor]) -> list[Finding]:
    """Every disagreement there is at this moment."""
    found = [finding async for finding in _queues(books)]
    numbers = dict(await books.rows("webchat", "SELECT thread, last_seq FROM visitors"))
    events = _by_thread(
        await books.rows("webchat", "SELECT thread, seq, payload FROM channel_events ORDER BY thread, seq")
    )
    written = _by_thread(
        await books.rows(
            "conversations",
            "SELECT c.thread, m.author_kind, m.external_id, m.content, m.status FROM messages m"
            " JOIN conversations c ON c.id = m.conversation_id ORDER BY c.thread, m.seq",
        )
    )
    for visitor in visitors:
        log = [(seq, json.loads(payload)) for _, seq, payload in events.get(visitor.thread, ())]
        found += _thread(visitor, log, numbers.get(visitor.thread))
        found += _answers(visitor, log)
        found += _stored(visitor, log, written.get(visitor.thread, []))
    return found + [finding async for finding in _turns(books)]


def _by_thread(rows: Sequence[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
    grouped: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        grouped.setdefault(row[0], []).append(row)
    return grouped


def _thread(visitor: Visitor, log: Sequence[tuple[int, Any]], last: int | None) -> Iterator[Finding]:
    """The thread holds each accepted message once, at its place, in the order written, and was shown so."""
    seqs = [seq for seq, _ in log]
    if seqs != list(range(1, len(log) + 1)) or (last or 0) != len(log):
        yield Finding("order", f"{visitor.thread}: numbers {seqs[-5:]} of {len(log)}, last is {last}")
    known = dict(log)
    for message in visitor.sent:
        if message.seq is None:
            continue
        if known.get(message.seq, {}).get("text") != message.text:
            yield Finding("lost", f"{message} is not at its place in {visitor.thread}")
    asked = [event["text"] for _, event in log if event["author"] == "customer"]
    yield from _repeated(asked, f"written in {visitor.thread}")
    if asked != [message.text for message in visitor.sent]:
        yield Finding(
            "order", f"{visitor.thread} holds {len(asked)} of {len(visitor.sent)} messages in order"
        )
    shown = [sign["seq"] for sign in visitor.shown]
    yield from _repeated(shown, f"shown in {visitor.thread}")
    if shown != seqs:
        yield Finding(
            "order", f"{visitor.thread}: {len(shown)} of {len(seqs)} shown, {shown[-3:]} at the end"
        )


def _answers(visitor: Visitor, log: Sequence[tuple[int, Any]]) -> Iterator[Finding]:
    """Each message has an answer behind it; an answer repeats the last message that it covers."""
    replies = [(seq, event) for seq, event in log if event["author"] == "agent"]
    yield from _repeated([event["message_id"] for _, event in replies], f"answers in {visitor.thread}")
    places = {event["text"]: seq for seq, event in log if event["author"] == "customer"}
    covered = 0
    for seq, event in replies:
        place = places.get(event["text"])
        if place is None or not covered < place < seq:
            yield Finding("order", f"answer {seq} of {visitor.thread} repeats {event['text']!r} of {place}")
        else:
            covered = place
    if places and covered != max(places.values()):
        yield Finding("lost", f"{visitor.thread}: nothing answers what was written behind {covered}")


def _stored(
    visitor: Visitor, log: Sequence[tuple[int, Any]], rows: Sequence[tuple[Any, ...]]
) -> Iterator[Finding]:
    """The conversation holds the same as the thread, in the same order for each author.

    A message may come while an answer is on its way, so the two interleave as each side has seen it.
    """
    asked = [row[3] for row in rows if row[1] == "customer"]
    if asked != [event["text"] for _, event in log if event["author"] == "customer"]:
        yield Finding("order", f"the conversation of {visitor.thread} holds {asked[-3:]} at its end")
    answered = [row[2] for row in rows if row[1] == "agent"]
    if answered != [event["message_id"] for _, event in log if event["author"] == "agent"]:
        yield Finding("order", f"the answers of {visitor.thread} end with {answered[-3:]}")
    open_ones = Counter(row[4] for row in rows if row[1] == "agent" and row[4] != "delivered")
    if open_ones:
        yield Finding("queue", f"answers of {visitor.thread} are {dict(open_ones)}")


def _repeated(values: Sequence[Any], where: str) -> Iterator[Finding]:
    for value, times in Counter(values).items():
        if times > 1:
            yield Finding("doubled", f"{value!r} is {times} times {where}")


async def _turns(books: Books) -> Any:
    for turn_id, state, outcome in await books.rows("conversations", "SELECT id, state, outcome FROM turns"):
        if state != "done" or outcome not in {"answered", "no_agent"}:
            yield Finding("turn", f"{turn_id} is {state}, {outcome}")
    runs = await books.rows("agents", "SELECT turn_id, outcome FROM runs")
    for repeated in _repeated([turn_id for turn_id, _ in runs], "in the runs"):
        yield repeated
    for turn_id, outcome in runs:
        if outcome != "answered":
            yield Finding("turn", f"the run of {turn_id} is {outcome}")


async def _queues(books: Books) -> Any:
    scheduled = {schedule.name for service in load_all() for schedule in service.schedules}
    for service in books.services:
        ((unsent,),) = await books.rows(service, "SELECT count(*) FROM kit_outbox WHERE sent_at IS NULL")
        if unsent:
            yield Finding("queue", f"{service} has {unsent} events that have not left")
        tasks = "SELECT name, state, reason FROM kit_tasks WHERE state <> 'done'"
        for name, state, reason in await books.rows(service, tasks):
            if state == "dead":
                yield Finding("dead", f"{service}: {name} ({reason})")
            elif name not in scheduled:
                yield Finding("queue", f"{service}: {name} is {state} ({reason})")
