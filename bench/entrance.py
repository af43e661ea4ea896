"""What the entrance costs a request: the same empty service called with it and without it.

Run: python -m bench.entrance
"""

import asyncio
import time
from typing import Any

from agenthub.services.core.gateway.entrance import Entrance

ROUNDS = 20_000
HEADERS = [
    (b"host", b"localhost:8000"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36"),
    (b"accept", b"application/json"),
    (b"accept-language", b"en-GB,en;q=0.9"),
    (b"accept-encoding", b"gzip, deflate, br"),
    (b"authorization", b"Bearer " + b"x" * 400),
    (b"cookie", b"theme=dark"),
    (b"sec-fetch-mode", b"cors"),
    (b"referer", b"http://localhost:8000/"),
]


async def empty(_scope: Any, _receive: Any, send: Any) -> None:
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}
    )
    await send({"type": "http.response.body", "body": b"{}"})


async def nothing(*_: Any) -> None:
    return


async def microseconds(app: Any) -> float:
    started = time.process_time()
    for _ in range(ROUNDS):
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/api/agents/agt_1",
            "query_string": b"",
            "headers": HEADERS,
        }
        await app(scope, nothing, nothing)
    return (time.process_time() - started) / ROUNDS * 1e6


async def main() -> None:
    prefixes = {f"/api/service{number}": "agents" for number in range(40)} | {"/api/agents": "agents"}
    entrance = Entrance(prefixes, {"agents": empty})
    direct = min([await microseconds(empty) for _ in range(3)])
    through = min([await microseconds(entrance) for _ in range(3)])
    print(
        f"direct {direct:.1f} us, through the entrance {through:.1f} us, overhead {through - direct:.1f} us"
    )


asyncio.run(main())
