"""Forks processes of the product from one that has imported it, so that a long series of kills fits in minutes.

Each line on stdin is a wish: {"arguments", "environment", "log"} starts `agenthub ARGUMENTS` and answers its
process id; {"wait": pid, "blocking": bool} answers its exit code, or null while it runs.
"""

import gc
import json
import os
import sys
from typing import Any


def main() -> None:
    import uvicorn.protocols.http.httptools_impl
    import uvicorn.protocols.websockets.websockets_sansio_impl
    import uvloop

    import agenthub.cli.up
    import agenthub.host.running
    import agenthub.host.serving
    from agenthub.host.catalog import load_all

    load_all()
    gc.freeze()
    assert agenthub
    assert uvicorn
    assert uvloop
    ended: dict[int, int] = {}
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_fulfil(json.loads(line), ended)) + "\n")
        sys.stdout.flush()


def _fulfil(wish: dict[str, Any], ended: dict[int, int]) -> Any:
    if "wait" in wish:
        return _exit_code(wish["wait"], ended, blocking=wish["blocking"])
    child = os.fork()
    if child:
        return child
    _become(wish)
    return None


def _exit_code(child: int, ended: dict[int, int], *, blocking: bool) -> int | None:
    if child not in ended:
        found, status = os.waitpid(child, 0 if blocking else os.WNOHANG)
        if not found:
            return None
        ended[child] = os.waitstatus_to_exitcode(status)
    return ended[child]


def _become(wish: dict[str, Any]) -> None:
    from agenthub.cli import main as agenthub_main
    from agenthub.kit import crash

    log = os.open(wish["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.clear()
    os.environ.update(wish["environment"])
    sys.argv = ["agenthub", *wish["arguments"]]
    # What the module read when it was imported, in the nursery's own environment.
    crash._AT, _, count = os.environ.get("AGENTHUB_CRASH_AT", "").partition(":")
    crash._left = int(count or "1")
    agenthub_main()


if __name__ == "__main__":
    main()
