"""Stores points and then waits to be killed: `python -m tests.conformance.vector_child ENGINE FOLDER`."""

import asyncio
import os
import sys
from pathlib import Path

from agenthub.services.intelligence.embeddings.engines.port import Point
from tests.conformance.vector_engines import open_engine


async def main(name: str, folder: str) -> None:
    engine = open_engine(name, Path(folder))
    await engine.upsert("col_a", [Point(f"p{n}", [1.0, n / 100, 0.0], {"n": n}) for n in range(100)])
    await engine.delete("col_a", ["p0"])
    os.write(1, b"stored\n")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
