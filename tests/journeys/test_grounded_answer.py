"""An agent answers from its sample documents with the built-in model: real agents, real llm, no key."""

import re
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import agenthub.services.intelligence.agents as agents_package
from agenthub.contracts.agents import AgentsClient, AnswerCited, AnswerFinished, Turn, TurnRequest
from agenthub.contracts.knowledge import PassageFound
from agenthub.contracts.organizations import OrganizationCreated
from agenthub.kit.app.asgi import ServiceApp
from agenthub.kit.auth.principal import Principal, service_principal
from agenthub.kit.calls.door import Door
from agenthub.kit.testing import Running
from agenthub.kit.tracing import new_origin
from agenthub.services.intelligence.agents.service import service as agents_service
from agenthub.services.intelligence.llm.service import service as llm_service
from tests.doors import engine, ports, start

__all__ = ["engine", "ports", "start"]
FOLDER = Path(agents_package.__file__).parent / "sample"
SAMPLE = tomllib.loads((FOLDER / "sample.toml").read_text("utf-8"))
OWNER = Principal(kind="user", id="usr_1", organization_id="org_a", permissions=frozenset({"agents:run"}))
EXPECTED = ["45 days", "4.90 euros", "10:00 to 20:00"]


class Shelf:
    """Knowledge at its simplest: the sections that share most words with the question."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = msgspec.json.decode((await receive())["body"])
        answer: Any = {"id": body.get("title", "kb_1")}
        if "text" in body:
            self.texts[body["title"]] = body["text"]
        elif "question" in body:
            answer = self._found(body["question"], body["limit"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": msgspec.json.encode(answer), "more_body": False})

    def _found(self, question: str, limit: int) -> list[PassageFound]:
        asked = _words(question)
        sections = [
            (title, part)
            for title, text in self.texts.items()
            for part in re.split(r"\n(?=##? )", text)
            if part.strip()
        ]
        sections.sort(key=lambda section: -len(asked & _words(section[1])))
        return [
            PassageFound(
                chunk_id=f"chk_{at}",
                document_id=title,
                knowledge_base_id="kb_1",
                title=title,
                text=part,
                page=None,
                score=1.0,
            )
            for at, (title, part) in enumerate(sections[:limit])
        ]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{4,}", text.lower()))


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
async def agents(start: Any, shelf: Shelf) -> AsyncIterator[Running]:
    async with start(llm_service) as llm:
        others = {"knowledge": shelf, "llm": ServiceApp(llm.runtime)}
        async with start(agents_service, others=others) as running:
            await running.hear(
                OrganizationCreated(organization_id="org_a", name="Fernhill", owner_id="usr_1")
            )
            yield running


@pytest.mark.parametrize(
    ("question", "expected"), list(zip(SAMPLE["suggested_questions"], EXPECTED, strict=True))
)
async def test_the_sample_agent_answers_its_suggested_questions_with_word_for_word_quotes(
    agents: Running, shelf: Shelf, question: str, expected: str
) -> None:
    (agent,) = (await agents.request("GET", "/api/agents", by=OWNER)).json()["items"]
    caller = service_principal("conversations", "org_a")
    client = AgentsClient(Door(agents._transport, "agents", caller, new_origin()))
    request = TurnRequest(
        agent_id=agent["id"],
        turn_id="turn_1",
        conversation_id="conv_1",
        history=[Turn(author="customer", text=question)],
    )
    *told, finished = [event async for event in client.turn(request)]
    assert isinstance(finished, AnswerFinished)
    assert finished.outcome == "answered"
    assert any(expected in citation.quote for citation in finished.citations)
    assert tuple(event.citation for event in told if isinstance(event, AnswerCited)) == finished.citations
    for citation in finished.citations:
        assert citation.quote in shelf.texts[citation.document_id]
        assert f"[{citation.number}]" in finished.text
