"""What is wrong with an installation, check by check; nothing is changed."""

import json
import shutil
import sys
from typing import Any

import aiohttp

from agenthub.host.engines import database_path
from agenthub.host.foundation import Foundation, lay_foundation
from agenthub.host.installation import Installation, complete
from agenthub.host.local_access import FILE_NAME
from agenthub.host.reach import check_servers
from agenthub.kit.errors import Misconfigured
from agenthub.kit.redaction import redact_text

LOW_DISK_BYTES = 1024**3
_TIMEOUT = aiohttp.ClientTimeout(total=5)


async def diagnose() -> list[dict[str, Any]]:
    """One finding a check: `ok`, `wrong`, or `idle` where there is nothing to check."""
    findings = [_finding("python", "ok", sys.version.partition(" ")[0])]
    try:
        foundation = lay_foundation()
        findings.append(_finding("folder and key", "ok", str(foundation.home)))
        findings.append(_disk(foundation))
        await check_servers(foundation.host)
        findings.append(_finding("servers", "ok", _servers(foundation)))
        installation = complete(foundation)
        findings.append(_finding("settings", "ok", f"{len(installation.services)} services"))
        findings.append(_databases(installation))
        findings.append(await _running(foundation))
    except Misconfigured as problem:
        findings.append(_finding("configuration", "wrong", problem.detail))
    return findings


def _finding(check: str, state: str, detail: str) -> dict[str, Any]:
    return {"check": check, "state": state, "detail": detail}


def _disk(foundation: Foundation) -> dict[str, Any]:
    free = shutil.disk_usage(foundation.home).free
    detail = f"{free / 1024**3:.1f} GiB free"
    if free < LOW_DISK_BYTES:
        return _finding("disk", "wrong", f"{detail}; free some, databases stop when it is full")
    return _finding("disk", "ok", detail)


def _servers(foundation: Foundation) -> str:
    named = [url for url in (foundation.host.database_url, foundation.host.redis_url) if url]
    return ", ".join(redact_text(url) for url in named) or "none needed, all engines are built in"


def _databases(installation: Installation) -> dict[str, Any]:
    if installation.host.database_url:
        return _finding("databases", "ok", "on the PostgreSQL server")
    first = database_path(installation, installation.services[0])
    return _finding("databases", "ok", first.rpartition("/")[0])


async def _running(foundation: Foundation) -> dict[str, Any]:
    path = foundation.home / FILE_NAME
    if not path.exists():
        return _finding("running", "idle", "nothing runs on this folder; start it with agenthub up")
    url = json.loads(path.read_text(encoding="utf-8"))["url"]
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.get(f"{url}/health?deep=1") as answer,
        ):
            services = (await answer.json())["services"]
    except (aiohttp.ClientError, OSError, TimeoutError) as problem:
        return _finding("running", "wrong", f"{url} does not answer ({problem}); stop it and start it again")
    sick = [name for name, state in services.items() if state["status"] != "ok"]
    if sick:
        return _finding("running", "wrong", f"not well at {url}: {', '.join(sick)}; see its log")
    return _finding("running", "ok", f"{len(services)} services at {url}")
