"""A series of kills of the one process at random moments, the ledger checked after each: `make faults`."""

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.cluster import CommandLine, Embedded, Nursery, Starter
from tests.faults.driver import Driver, crowd
from tests.faults.ledger import Finding, SqliteBooks, settled

VISITORS = 5
KILLS_A_FOLDER = 50
_LONGEST_WRITING_SECONDS = 0.8
_LONGEST_START_SECONDS = 0.5
_KILLED_AT_START = 0.25


@dataclass
class Tally:
    """What a series has come to; times in seconds."""

    kills: int = 0
    messages: int = 0
    recoveries: list[float] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def by_kind(self) -> Counter[str]:
        return Counter(finding.kind for finding in self.findings)


async def kill_at_random(home: Path, starter: Starter, kills: int, seed: int, tally: Tally) -> None:
    """Kill one installation so often, a part of it while it is still starting; stops at the first finding."""
    moments = random.Random(seed)
    installation = Embedded(home, starter)
    books = SqliteBooks(home)
    last = tally.kills + kills
    try:
        installation.start()
        await installation.ready()
        async with crowd(installation, visitors=VISITORS, run=f"s{seed}", seed=seed) as driver:
            while tally.kills < last and not tally.findings:
                driver.write()
                await asyncio.sleep(moments.uniform(0.02, _LONGEST_WRITING_SECONDS))
                _kill(installation, tally)
                if tally.kills < last and moments.random() < _KILLED_AT_START:
                    installation.start()
                    await asyncio.sleep(moments.uniform(0, _LONGEST_START_SECONDS))
                    _kill(installation, tally)
                tally.recoveries.append(await _recover(installation, driver))
                tally.findings += await settled(books, driver.visitors)
                tally.findings += [Finding("answer", str(failure)) for failure in driver.failures]
            tally.messages += driver.accepted
    finally:
        installation.kill()


def _kill(installation: Embedded, tally: Tally) -> None:
    installation.kill()
    tally.kills += 1


async def _recover(installation: Embedded, driver: Driver) -> float:
    """The time from the start until everything that was being sent has been accepted."""
    begun = time.monotonic()
    installation.start()
    await installation.ready()
    await driver.pause()
    return time.monotonic() - begun


async def run(kills: int, seed: int, starter: Starter, folder: Path) -> Tally:
    """The whole series, with a new installation every so many kills."""
    tally = Tally()
    for number, size in enumerate(_portions(kills)):
        await kill_at_random(folder / str(number), starter, size, seed + number, tally)
        _say(_line(tally))
        if tally.findings:
            break
    return tally


def _portions(kills: int) -> Iterator[int]:
    while kills > 0:
        yield min(kills, KILLS_A_FOLDER)
        kills -= KILLS_A_FOLDER


def _line(tally: Tally) -> str:
    kinds = ("lost", "doubled", "order", "turn", "queue", "dead", "integrity", "answer")
    recoveries = sorted(tally.recoveries)
    middle = statistics.median(recoveries)
    counts = "".join(f"{tally.by_kind[kind]:>10}" for kind in kinds)
    if tally.kills == min(KILLS_A_FOLDER, tally.kills):
        heads = "".join(f"{kind:>10}" for kind in kinds)
        _say(f"{'kills':>6}{'messages':>10}{heads}{'recovery, s: median':>21}{'longest':>9}")
    return f"{tally.kills:>6}{tally.messages:>10}{counts}{middle:>21.2f}{recoveries[-1]:>9.2f}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1, help="of moments and messages; each folder adds one")
    parser.add_argument(
        "--command-line", action="store_true", help="start each process from nothing, not from a nursery"
    )
    chosen = parser.parse_args(arguments)
    starter = CommandLine() if chosen.command_line else Nursery()
    try:
        with tempfile.TemporaryDirectory(prefix="agenthub-kills-") as folder:
            tally = asyncio.run(run(chosen.kills, chosen.seed, starter, Path(folder)))
    finally:
        starter.close()
    for finding in tally.findings:
        _say(f"{finding.kind}: {finding.detail}")
    return 1 if tally.findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
