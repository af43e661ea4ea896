"""Measures everything that needs no outside data and writes the table of `bench/README.md`.

python -m bench [part …]        parts: database calls events turn process; without any: all
"""

import asyncio
import os
import platform
import sys
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import uvloop

from bench import kit_calls, kit_database, kit_events, process, setting, turn
from bench.measuring import ROUNDS, Line

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
VERSIONS = ("sqlalchemy", "asyncpg", "redis", "fastapi", "uvicorn", "msgspec", "aiohttp")

Part = Callable[[Path], Awaitable[list[Line]]]


async def database(folder: Path) -> list[Line]:
    with ThreadPoolExecutor(4) as threads, setting.postgres() as server:
        async with setting.open_ports(folder) as ports:
            lines = await kit_database.on_sqlite(folder, ports, threads)
            if server is not None:
                lines += await kit_database.on_postgres(await server.new_database(), ports)
            return lines


async def calls(folder: Path) -> list[Line]:
    with ThreadPoolExecutor(4) as threads:
        async with setting.open_ports(folder) as ports:
            return await kit_calls.lines(folder, ports, threads)


async def events(folder: Path) -> list[Line]:
    with ThreadPoolExecutor(4) as threads, setting.postgres() as server, setting.redis() as cache:
        async with setting.open_ports(folder) as ports:
            lines = await kit_events.on_sqlite(folder, ports, threads)
            if server is not None:
                lines += await kit_events.on_postgres(server, ports)
            if cache is not None:
                lines += await kit_events.on_redis(cache, folder, ports, threads)
            return lines


PARTS: dict[str, Part] = {
    "database": database,
    "calls": calls,
    "events": events,
    "turn": turn.lines,
    "process": process.lines,
}


def conditions() -> str:
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    packages = ", ".join(f"{name} {version(name)}" for name in VERSIONS)
    return (
        f"{os.cpu_count()} cores, load average {load}; {platform.python_implementation()} "
        f"{platform.python_version()}, uvloop {version('uvloop')}; {packages}; {ROUNDS} interleaved rounds."
    )


def table(lines: list[Line]) -> str:
    head = ["what", "on", "ours", "IQR", "unit", "elapsed", "limit", "ratio", "bar"]
    rows = [head, ["---", "---", "---:", "---:", "---", "---:", "---", "---", "---"]]
    rows += [_row(line) for line in lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(line: Line) -> list[str]:
    ours = line.ours
    limits = "; ".join(f"{limit.name} {limit.cpu_us:,.1f}" for limit in line.limits)
    ratios = "; ".join(f"{ours.cpu_us / limit.cpu_us:.2f}" for limit in line.limits)
    spread = f"{ours.spread_us:,.2f}" if len(ours.cpu) > 1 else ""
    elapsed = f"{ours.wall_us:,.0f} µs" if ours.wall else ""
    value = f"{ours.cpu_us:,.2f}"
    return [line.what, line.engine, value, spread, line.unit, elapsed, limits, ratios, line.bar]


def write(text: str) -> None:
    before, _, rest = README.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", "utf-8")


def main() -> None:
    chosen = sys.argv[1:] or list(PARTS)
    text = f"{conditions()}\n\n"
    lines: list[Line] = []
    for name in chosen:
        with (
            tempfile.TemporaryDirectory(prefix="agenthub-bench-") as folder,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            found = runner.run(PARTS[name](Path(folder)))
        print(table(found), flush=True)
        lines += found
    if not sys.argv[1:]:
        write(text + table(lines))


if __name__ == "__main__":
    main()
