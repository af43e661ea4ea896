"""The process of a whole installation: how soon it answers, and what it takes when nobody asks for anything."""

import asyncio
from pathlib import Path

from bench.installation import Up, up
from bench.measuring import Line, single

STARTS = 3
SETTLE_SECONDS = 5
IDLE_SECONDS = 20


async def lines(folder: Path) -> list[Line]:
    first, again, cpu, first_cpu = [], [], [], []
    for number in range(STARTS):
        home = folder / str(number)
        with up(home) as fresh:
            first.append(fresh.seconds)
            first_cpu.append(fresh.cpu_seconds())
        with up(home) as known:
            again.append(known.seconds)
            cpu.append(known.cpu_seconds())
            if number == STARTS - 1:
                idle = await _idle(known)
    return [
        single("start to ready, empty folder", "s", first, "≤ 3 s"),
        single("start to ready, again", "s", again, "≤ 3 s"),
        single("CPU until ready, empty folder", "s", first_cpu),
        single("CPU until ready, again", "s", cpu),
        *idle,
    ]


async def _idle(running: Up) -> list[Line]:
    await asyncio.sleep(SETTLE_SECONDS)
    before = running.cpu_seconds()
    await asyncio.sleep(IDLE_SECONDS)
    share = (running.cpu_seconds() - before) / IDLE_SECONDS
    memory = running.process.memory_full_info()
    return [
        single("idle memory, resident", "MB", [memory.rss / 1e6], "≤ 150 MB"),
        single("idle memory, its own alone (USS)", "MB", [memory.uss / 1e6]),
        single(f"idle CPU over {IDLE_SECONDS} s", "% of a core", [share * 100], "≤ 1 %"),
    ]
