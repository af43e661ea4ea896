"""Measures cases side by side: in turns, so that what else the machine does falls on all of them alike."""

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

ROUNDS = 7
SECONDS = 0.15

Work = Callable[[int], Awaitable[None]]


@dataclass
class Case:
    """`work(n)` does the thing n times; the first case of a group is what the others are compared with."""

    name: str
    work: Work
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    @property
    def cpu_us(self) -> float:
        """Median CPU time of all threads of this process for one operation, user and system, in µs."""
        return statistics.median(self.cpu)

    @property
    def wall_us(self) -> float:
        return statistics.median(self.wall) if self.wall else 0.0

    @property
    def spread_us(self) -> float:
        """Distance of the quartiles of CPU time, in µs; 0 of a single value."""
        if len(self.cpu) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.cpu, n=4)
        return high - low


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    what: str
    engine: str
    ours: Case
    limits: Sequence[Case] = ()
    bar: str = ""
    unit: str = "µs CPU"


def single(what: str, unit: str, values: Sequence[float], bar: str = "") -> Line:
    """A figure with no limit beside it."""
    case = Case(what, _nothing)
    case.cpu.extend(values)
    return Line(what, "whole installation", case, bar=bar, unit=unit)


async def _nothing(_count: int) -> None:
    return


async def interleave(*cases: Case) -> None:
    """Measure each case in every round, with as many operations as fill `SECONDS`."""
    counts = [await _calibrated(case) for case in cases]
    for _ in range(ROUNDS):
        for case, count in zip(cases, counts, strict=True):
            cpu, wall = await _taken(case, count)
            case.cpu.append(cpu / count * 1e6)
            case.wall.append(wall / count * 1e6)


async def _calibrated(case: Case) -> int:
    await case.work(20)
    _, wall = await _taken(case, 20)
    return max(20, min(20_000, int(SECONDS / max(wall / 20, 1e-7))))


async def _taken(case: Case, count: int) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    await case.work(count)
    return time.process_time() - cpu, time.perf_counter() - wall
