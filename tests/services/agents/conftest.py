"""The agents service with scripted stand-ins for knowledge and the language models."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest

from agenthub.contracts.agents import AgentsClient, AnswerEvent, Turn, TurnRequest
from agenthub.contracts.knowledge import PassageFound
from agenthub.contracts.llm import CitationMark, Finished, TextDelta, Usage
from agenthub.kit.auth.principal import Principal, service_principal
from agenthub.kit.calls.door import Door
from agenthub.kit.testing import Running
from agenthub.kit.tracing import new_origin
from agenthub.services.intelligence.agents.service import service

TEXT = "Parcels arrive in three days. Returns are free for 45 days. After that we charge 5 euros."
QUOTE = "Returns are free for 45 days."
PASSAGE = PassageFound(
    chunk_id="chk_1",
    document_id="doc_1",
    knowledge_base_id="kb_1",
    title="Returns and refunds",
    text=TEXT,
    page=3,
    pages=((TEXT.index("Returns"), 4),),
    section=("Delivery",),
    sections=((0, ("Delivery",)), (TEXT.index("Returns"), ("Returns",)), (TEXT.index("After"), ("Fees",))),
    file_id="file_1",
    version=2,
    score=0.9,
)
USAGE = Usage(input_tokens=9, output_tokens=4)
CITED = CitationMark(number=1, quote=QUOTE, start=TEXT.index(QUOTE), end=TEXT.index(QUOTE) + len(QUOTE))
PLAIN = (
    TextDelta(text="Returns are free "),
    TextDelta(text="for 45 days. [1]"),
    CITED,
    USAGE,
    Finished(reason="stop"),
)
DEFINITION = {
    "name": "Fern",
    "slug": "fern",
    "greeting": "Hello!",
    "fallback": "I do not know that.",
    "knowledge_base_ids": ["kb_1"],
    "suggestions": ["How long do I have?"],
}


def person(organization_id: str = "org_a", *permissions: str) -> Principal:
    chosen = permissions or ("create", "edit", "run", "publish", "delete")
    return Principal(
        kind="user",
        id=f"usr_{organization_id}",
        organization_id=organization_id,
        permissions=frozenset(f"agents:{name}" for name in chosen),
    )


class Knowledge:
    """Bases and texts by name, and one search that answers what the test says."""

    def __init__(self) -> None:
        self.found: list[PassageFound] = [PASSAGE]
        self.asked: list[dict[str, Any]] = []
        self.bases: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.fails = 0
        self.fails_after = 10_000

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = msgspec.json.decode((await receive())["body"])
        self.asked.append(body)
        if self.fails or len(self.asked) > self.fails_after:
            self.fails = max(0, self.fails - 1)
            await _answer(send, 503, {"detail": "knowledge is down", "code": "unavailable"})
        elif scope["path"] == "/internal/knowledge/bases":
            made = self.bases.setdefault(body["name"], f"kb_{len(self.bases)}")
            await _answer(send, 200, {"id": made})
        elif scope["path"] == "/internal/knowledge/texts":
            made = self.texts.setdefault(body["title"], f"doc_{len(self.texts)}")
            await _answer(send, 200, {"id": made})
        else:
            await _answer(send, 200, self.found)


class Llm:
    """Streams the events that the test says; an exception in them ends the stream, an Event is waited for."""

    def __init__(self) -> None:
        self.events: tuple[Any, ...] = PLAIN
        self.asked: list[dict[str, Any]] = []
        self.problem: tuple[int, dict[str, Any]] | None = None
        self.left = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(msgspec.json.decode((await receive())["body"]))
        if self.problem:
            await _answer(send, *self.problem)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            for event in self.events:
                if isinstance(event, asyncio.Event):
                    await event.wait()
                    continue
                line = msgspec.json.encode(event) + b"\n"
                await send({"type": "http.response.body", "body": line, "more_body": True})
        except asyncio.CancelledError:
            self.left.set()
            raise
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _answer(send: Any, status: int, body: Any) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": msgspec.json.encode(body), "more_body": False})


@pytest.fixture
def knowledge() -> Knowledge:
    return Knowledge()


@pytest.fixture
def llm() -> Llm:
    return Llm()


@pytest.fixture
def settings() -> dict[str, Any]:
    """What a test sets otherwise than the default."""
    return {}


@pytest.fixture
async def agents(start: Any, knowledge: Knowledge, llm: Llm, settings: Any) -> AsyncIterator[Running]:
    async with start(service, settings=settings, others={"knowledge": knowledge, "llm": llm}) as running:
        yield running


@pytest.fixture
async def agent_id(agents: Running) -> str:
    """A published agent of org_a."""
    made = await agents.request("POST", "/api/agents/create", by=person(), json=DEFINITION)
    assert made.status == 201, made.text
    path = f"/api/agents/{made.json()['id']}/publish"
    published = await agents.request("POST", path, by=person(), json={"message": "First"})
    assert published.status == 200, published.text
    return str(made.json()["id"])


def door(running: Running, organization_id: str = "org_a") -> AgentsClient:
    caller = service_principal("conversations", organization_id)
    return AgentsClient(Door(running._transport, "agents", caller, new_origin()))


def asking(agent_id: str, *said: str, turn_id: str = "turn_1", **rest: Any) -> TurnRequest:
    history = [Turn(author="customer" if at % 2 == 0 else "agent", text=text) for at, text in enumerate(said)]
    return TurnRequest(agent_id=agent_id, turn_id=turn_id, conversation_id="conv_1", history=history, **rest)


@pytest.fixture
def ask(agents: Running, agent_id: str) -> Callable[..., Any]:
    """Asks the published agent and gives every event of its answer."""

    async def asked(*said: str, turn_id: str = "turn_1") -> list[AnswerEvent]:
        stream = door(agents).turn(asking(agent_id, *(said or ("How long?",)), turn_id=turn_id))
        return [event async for event in stream]

    return asked
