"""Takes an installation's folder into one archive and brings it back; each database is consistent in itself.

The archive holds the master key, since without it sealed secrets could not be read: keep it as you keep the
key. Databases on a PostgreSQL server are backed up with its own pg_dump.
"""

import hashlib
import io
import json
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from agenthub import __version__
from agenthub.host.foundation import Foundation
from agenthub.kit.errors import BadRequest, Conflict, Misconfigured

MANIFEST = "manifest.json"
_LEFT_OUT = {"lock", "local.json", "login.json", ".probe"}
_DATABASE_SUFFIXES = (".db", ".db-wal", ".db-shm")


def back_up(foundation: Foundation, target: Path) -> dict[str, str]:
    """Write the archive, also while the installation runs; answers the SHA-256 of every file in it."""
    if foundation.host.database_url:
        raise Misconfigured(
            "the databases are on a PostgreSQL server; back each agenthub_* one up with: pg_dump -Fc DATABASE"
        )
    if target.exists():
        raise Conflict(f"{target} is there already; choose another name")
    draft = target.with_name(f".{target.name}.part")
    sums: dict[str, str] = {}
    try:
        draft.touch(mode=0o600)
        with tempfile.TemporaryDirectory() as scratch, tarfile.open(draft, "w:gz") as archive:
            for name, path in _content(foundation.home, Path(scratch)):
                sums[name] = _sum(path)
                archive.add(path, name)
            _add_manifest(archive, sums)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
    return sums


def restore(home: Path, source: Path) -> dict[str, str]:
    """Bring the archive back into an empty folder; nothing is left there when a sum does not agree."""
    if home.exists() and any(path.name not in _LEFT_OUT for path in home.iterdir()):
        raise Conflict(f"{home} is not empty; set AGENTHUB_HOME to a new folder")
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=".restoring-") as scratch:
        sums = _unpack(source, Path(scratch))
        home.mkdir(mode=0o700, exist_ok=True)
        for path in Path(scratch).iterdir():
            path.rename(home / path.name)
    return sums


def _content(home: Path, scratch: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(home.rglob("*")):
        name = str(path.relative_to(home))
        if not path.is_file() or name in _LEFT_OUT or name.startswith("lock-"):
            continue
        if path.suffix == ".db":
            yield name, _copy_database(path, scratch)
        elif not path.name.endswith(_DATABASE_SUFFIXES):
            yield name, path


def _copy_database(path: Path, scratch: Path) -> Path:
    """SQLite's online backup: the state of one moment, whoever writes meanwhile."""
    copy = scratch / "copy.db"
    copy.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(copy)) as still:
        live.backup(still)
    return copy


def _add_manifest(archive: tarfile.TarFile, sums: dict[str, str]) -> None:
    content = json.dumps({"version": __version__, "sha256": sums}, indent=2).encode()
    entry = tarfile.TarInfo(MANIFEST)
    entry.size = len(content)
    entry.mode = 0o600
    archive.addfile(entry, io.BytesIO(content))


def _unpack(source: Path, folder: Path) -> dict[str, str]:
    try:
        with tarfile.open(source, "r:gz") as archive:
            archive.extractall(folder, filter="data")
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        sums: dict[str, str] = manifest["sha256"]
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError) as problem:
        raise BadRequest(f"{source} is no backup, or a damaged one ({problem})") from problem
    (folder / MANIFEST).unlink()
    found = {str(path.relative_to(folder)): _sum(path) for path in folder.rglob("*") if path.is_file()}
    if found != sums:
        raise BadRequest(f"{source} is damaged: its content does not agree with its sums")
    return sums


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
