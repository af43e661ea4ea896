"""A whole turn of web chat: a visitor's message over a WebSocket, the echo model's answer on the same socket.

Everything is on: the gateway, the visitor's token, limits, both messages stored with `synchronous=FULL`, the
live feed, the agent's run, usage. Retrieval is off. CPU is that of the server's whole process, taken from the
operating system; the driver runs in this one.
"""

import asyncio
import itertools
import statistics
import time
from pathlib import Path
from typing import Any

import aiohttp

from bench.installation import Up, up
from bench.measuring import Line, single

TURNS = 100
ROUNDS = 5
WARM = 40
_numbers = itertools.count()
PASSWORD = "brick-lantern-otter-51"


async def lines(folder: Path) -> list[Line]:
    with up(folder / "home") as running:
        async with aiohttp.ClientSession(running.address) as http:
            await _publish_echo(http, running)
            await _turns(http, 4, WARM)
            return [line for at_once in (1, 8) for line in await _measured(http, running, at_once)]


async def _measured(http: aiohttp.ClientSession, running: Up, at_once: int) -> list[Line]:
    cpu: list[float] = []
    seconds: list[float] = []
    for _ in range(ROUNDS):
        before = running.cpu_seconds()
        seconds += await _turns(http, at_once, TURNS)
        cpu.append((running.cpu_seconds() - before) / TURNS * 1000)
    what = f"web chat turn, {at_once} at once"
    return [
        single(f"{what}, CPU", "ms", cpu, "≤ 8 ms"),
        single(f"{what}, until the answer", "ms", [statistics.median(seconds) * 1000]),
    ]


async def _turns(http: aiohttp.ClientSession, visitors: int, turns: int) -> list[float]:
    taken = await asyncio.gather(*(_visit(http, turns // visitors) for _ in range(visitors)))
    return list(itertools.chain.from_iterable(taken))


async def _visit(http: aiohttp.ClientSession, turns: int) -> list[float]:
    session = await _post(http, "/api/webchat/visitor/sessions", {"chat": "bench"})
    taken: list[float] = []
    async with http.ws_connect("/api/webchat/connect") as socket:
        await socket.send_json({"type": "hello", "token": session["token"]})
        for _ in range(turns):
            begun = time.perf_counter()
            text = f"message number {next(_numbers)} of the usual length, which is not long"
            await socket.send_json({"text": text, "client_id": f"client-{next(_numbers)}"})
            await _answered(socket)
            taken.append(time.perf_counter() - begun)
    return taken


async def _answered(socket: aiohttp.ClientWebSocketResponse) -> None:
    async with asyncio.timeout(30):
        while True:
            sign = await socket.receive_json()
            if sign["type"] == "error":
                raise SystemExit(f"refused: {sign}")
            if sign["type"] == "message" and sign["author"] == "agent":
                return


async def _publish_echo(http: aiohttp.ClientSession, running: Up) -> None:
    """An owner, and an agent that answers with what it was asked."""
    assert running.setup_link is not None
    owner = {
        "token": running.setup_link.partition("token=")[2],
        "email": "ada@example.org",
        "password": PASSWORD,
        "name": "Ada Lovelace",
        "organization_name": "Engine Works",
    }
    await _post(http, "/api/auth/setup", owner)
    login = await _post(http, "/api/auth/login", {"email": owner["email"], "password": PASSWORD})
    bearer = {"Authorization": f"Bearer {login['access_token']}"}
    body = {"name": "Bench", "slug": "bench", "model": "echo"}
    agent = await _post(http, "/api/agents/create", body, bearer)
    await _post(http, f"/api/agents/{agent['id']}/publish", {"message": "to be measured"}, bearer)
    async with asyncio.timeout(20):
        while (await http.post("/api/webchat/visitor/sessions", json={"chat": "bench"})).status != 201:
            await asyncio.sleep(0.05)


async def _post(
    http: aiohttp.ClientSession, path: str, body: dict[str, Any], headers: dict[str, str] | None = None
) -> Any:
    async with http.post(path, json=body, headers=headers) as answer:
        if not answer.ok:
            raise SystemExit(f"{path} answered {answer.status}: {await answer.text()}")
        return await answer.json()
