"""The engines that the suite runs against."""

from pathlib import Path

from agenthub.services.intelligence.embeddings.engines.edge import EdgeEngine
from agenthub.services.intelligence.embeddings.engines.exact import ExactEngine

ENGINES = ("edge", "exact")


def open_engine(name: str, folder: Path, most_open: int = 64) -> EdgeEngine | ExactEngine:
    if name == "edge":
        return EdgeEngine(folder / "shards", most_open=most_open, keyword_fields=["organization_id"])
    return ExactEngine(folder / "vectors.db")
