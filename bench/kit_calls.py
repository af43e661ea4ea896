"""A call from one service to another: in process beside calling the function, over HTTP beside bare aiohttp.

Over HTTP client and server share this process, so both halves are counted on both sides.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from agenthub.host.server import Ending, serve
from agenthub.kit.app.asgi import ServiceApp
from agenthub.kit.auth.principal import service_principal
from agenthub.kit.calls.direct import DirectTransport
from agenthub.kit.calls.door import Door
from agenthub.kit.calls.http import HttpTransport
from agenthub.kit.db.migrate import migrate_sqlite
from agenthub.kit.db.sqlite import SqliteDatabase
from agenthub.kit.runtime import Ports, Runtime
from agenthub.kit.tracing import new_origin
from bench.kit_database import repeated
from bench.measuring import Case, Line, interleave
from bench.notes.service import Answer, Question, service, tell

PATH = "/internal/notes/tell"
QUESTION = Question("note_1")
CALLER = service_principal("bench", "org_a")


async def lines(folder: Path, ports: Ports, threads: Any) -> list[Line]:
    migrate_sqlite(folder / "calls.db", service.name, service.versions)
    database = SqliteDatabase(folder / "calls.db", threads)
    runtime = Runtime(service, service.settings.model_validate({}), database, ports)
    app = ServiceApp(runtime)
    found = [await _in_process(app, runtime), await _over_http(app, ports)]
    await database.close()
    return found


async def _in_process(app: ServiceApp, runtime: Runtime) -> Line:
    transport = DirectTransport()
    transport.apps["notes"] = app
    door = Door(transport, "notes", CALLER, new_origin())

    async def call() -> None:
        await door.post(PATH, QUESTION, Answer)

    async def plain() -> None:
        async with runtime.unit(CALLER, new_origin()) as ctx:
            await tell(ctx, QUESTION)

    ours, limit = Case("kit", repeated(call)), Case("the function in a unit", repeated(plain))
    await interleave(ours, limit)
    return Line("call in process", "memory", ours, [limit], "≤ 200 µs")


async def _over_http(app: ServiceApp, ports: Ports) -> Line:
    async with _served(app) as ours_at, _served(_bare) as bare_at, aiohttp.ClientSession() as session:

        async def locate(_name: str) -> list[str]:
            return [ours_at]

        signer = ports.signer
        transport = HttpTransport(session, locate, signer, ports.clock)
        door = Door(transport, "notes", replace_via(), new_origin())

        async def call() -> None:
            await door.post(PATH, QUESTION, Answer)

        async def plain() -> None:
            body = msgspec.json.encode(QUESTION)
            async with session.post(bare_at + PATH, data=body) as answer:
                msgspec.json.decode(await answer.read(), type=Answer)

        ours, limit = Case("kit", repeated(call)), Case("aiohttp to a bare app", repeated(plain))
        await interleave(ours, limit)
        return Line("call over HTTP", "uvicorn", ours, [limit])


def replace_via() -> Any:
    return msgspec.structs.replace(CALLER, via="bench")


async def _bare(_scope: Any, receive: Any, send: Any) -> None:
    question = msgspec.json.decode((await receive())["body"], type=Question)
    body = msgspec.json.encode(Answer(question.id, "a title of the usual length"))
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def _served(app: Any) -> AsyncIterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        started, ending = asyncio.Event(), Ending()
        running = asyncio.create_task(
            serve(app, listener, ending=ending, grace_seconds=1, started=started.set)
        )
        await started.wait()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        ending.wish()
        await running
