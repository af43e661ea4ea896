"""A customer's message is kept, answered once, and survives whatever is down."""

import asyncio
from typing import Any

import msgspec
import pytest

from agenthub.contracts.agents import AnswerFinished, AnswerPiece, Citation
from agenthub.contracts.channels import DeliveryChanged, MessageReceived
from agenthub.contracts.conversations import ReplyReady
from agenthub.kit.auth.principal import Principal
from agenthub.kit.clock import FrozenClock
from agenthub.services.communication.conversations.service import service
from tests.services.conftest import Start

OWNER = Principal(
    kind="user", id="usr_1", organization_id="org_a", permissions=frozenset({"conversations:read_all"})
)
STRANGER = msgspec.structs.replace(OWNER, organization_id="org_b")


class StandInAgents:
    """Answers every turn with the customer's last words, after failing as often as it is told to."""

    def __init__(self, failures: int = 0, status: int = 503, unbound: int = 0) -> None:
        self.failures = failures
        self.unbound = unbound
        self.status = status
        self.turns: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = msgspec.json.decode((await receive())["body"])
        if scope["path"].endswith("/resolve"):
            self.unbound -= 1
            agent_id = None if self.unbound >= 0 else "agt_1"
            await _reply(send, 200, msgspec.json.encode({"agent_id": agent_id}))
            return
        if self.failures:
            self.failures -= 1
            await _reply(send, self.status, b'{"detail":"down","code":"down"}', [(b"retry-after", b"0.01")])
            return
        self.turns.append(body)
        text = f"You said: {body['history'][-1]['text']} [1]"
        citation = Citation(number=1, quote="said", document_id="doc_1", title="Manual", page=3)
        events = [AnswerPiece(text=text[:5]), AnswerPiece(text=text[5:])]
        finished = AnswerFinished(
            run_id="run_1",
            version_id="ver_1",
            text=text,
            citations=(citation,),
            outcome="answered",
            confidence=1.0,
        )
        lines = b"".join(msgspec.json.encode(event) + b"\n" for event in [*events, finished])
        await _reply(send, 200, lines)


async def _reply(send: Any, status: int, body: bytes, headers: Any = ()) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


def message(number: int, thread: str = "thread_1") -> MessageReceived:
    return MessageReceived(
        organization_id="org_a",
        channel="webchat",
        account_id="chan_1",
        external_id=f"m{number}",
        sender="vis_1",
        thread=thread,
        kind="text",
        content=f"question {number}",
        sent_at="2026-01-05T09:00:00Z",
    )


def replies(running: Any) -> list[ReplyReady]:
    return [event for event in running.published if isinstance(event, ReplyReady)]


async def test_a_message_is_answered_with_its_citation(start: Start) -> None:
    async with start(service, others={"agents": StandInAgents()}) as running:
        await running.hear(message(1))
        (reply,) = replies(running)
        assert reply.content == "You said: question 1 [1]"
        assert reply.citations[0].page == 3
        listed = (await running.request("GET", "/api/conversations", by=OWNER)).json()["items"]
        assert [row["status"] for row in listed] == ["pending"]
        path = f"/api/conversations/{listed[0]['id']}/messages"
        written = (await running.request("GET", path, by=OWNER)).json()["items"]
        assert [(row["author_kind"], row["content"]) for row in written] == [
            ("customer", "question 1"),
            ("agent", "You said: question 1 [1]"),
        ]


async def test_another_organization_sees_none_of_it(start: Start) -> None:
    async with start(service, others={"agents": StandInAgents()}) as running:
        await running.hear(message(1))
        conversation = (await running.request("GET", "/api/conversations", by=OWNER)).json()["items"][0]["id"]
        assert (await running.request("GET", "/api/conversations", by=STRANGER)).json()["items"] == []
        for path in (f"/api/conversations/{conversation}", f"/api/conversations/{conversation}/messages"):
            assert (await running.request("GET", path, by=STRANGER)).status == 404


async def test_a_message_received_twice_is_answered_once(start: Start) -> None:
    async with start(service, others={"agents": StandInAgents()}) as running:
        await running.hear(message(1))
        await running.hear(message(1))
        assert len(replies(running)) == 1


async def test_a_turn_waits_while_the_agents_are_down_and_then_answers_once(start: Start) -> None:
    async with start(service, others={"agents": StandInAgents(failures=3)}) as running:
        await running.hear(message(1))
        async with asyncio.timeout(20):
            while not replies(running):
                await asyncio.sleep(0.02)
        await running.settled()
        assert len(replies(running)) == 1


async def test_a_message_that_comes_before_its_agent_is_bound_is_answered_all_the_same(start: Start) -> None:
    async with start(service, others={"agents": StandInAgents(unbound=2)}) as running:
        await running.hear(message(1))
        async with asyncio.timeout(20):
            while not replies(running):
                await asyncio.sleep(0.02)
        assert [reply.content for reply in replies(running)] == ["You said: question 1 [1]"]


async def test_a_message_that_no_agent_answers_waits_for_people(start: Start) -> None:
    agents = StandInAgents(unbound=99)
    async with start(service, others={"agents": agents}, settings={"agent_wait_seconds": 0}) as running:
        await running.hear(message(1))
        async with asyncio.timeout(20):
            while (await running.request("GET", "/api/conversations", by=OWNER)).json()["items"][0][
                "status"
            ] != "open":
                await asyncio.sleep(0.02)
        assert replies(running) == []


async def test_a_turn_that_fails_for_good_ends_with_an_apology(start: Start) -> None:
    async with start(service, others={"agents": StandInAgents(failures=9, status=502)}) as running:
        await running.hear(message(1))
        (reply,) = replies(running)
        assert reply.content == running.runtime.settings.apology
        (row,) = (await running.request("GET", "/api/conversations", by=OWNER)).json()["items"]
        assert (row["status"], row["outcome"]) == ("open", "failed")


async def test_answers_keep_the_order_of_the_questions(start: Start) -> None:
    async with start(service, others={"agents": StandInAgents()}) as running:
        for number in range(6):
            await running.hear(message(number))
        texts = [reply.content for reply in replies(running)]
        assert texts == [f"You said: question {number} [1]" for number in range(6)]


async def test_a_delivery_is_noted_on_the_message(start: Start) -> None:
    async with start(service, others={"agents": StandInAgents()}) as running:
        await running.hear(message(1))
        (reply,) = replies(running)
        await running.hear(
            DeliveryChanged(
                organization_id="org_a",
                channel="webchat",
                account_id="chan_1",
                message_id=reply.message_id,
                external_id="x",
                status="delivered",
            )
        )
        path = f"/api/conversations/{reply.conversation_id}/messages"
        written = (await running.request("GET", path, by=OWNER)).json()["items"]
        assert written[-1]["status"] == "delivered"


@pytest.mark.parametrize("path", ["/api/conversations", "/api/conversations/conv_x"])
async def test_nobody_reads_without_the_permission(start: Start, path: str) -> None:
    async with start(service, others={"agents": StandInAgents()}) as running:
        plain = msgspec.structs.replace(OWNER, permissions=frozenset())
        assert (await running.request("GET", path, by=plain)).status == 403
        assert (await running.request("GET", path)).status == 401


async def test_messages_keep_their_order_when_the_clock_stands_still_or_goes_back(start: Start) -> None:
    clock, agents = FrozenClock(), StandInAgents()
    async with start(service, others={"agents": agents}, clock=clock) as running:
        for number, seconds in enumerate((0, 0, 60, -3600), 1):
            clock.advance(seconds=seconds)
            await running.hear(message(number))
            await running.settled()
        expected = [text for n in range(1, 5) for text in (f"question {n}", f"You said: question {n} [1]")]
        assert [turn["text"] for turn in agents.turns[-1]["history"]] == expected[:-1]
        (row,) = (await running.request("GET", "/api/conversations", by=OWNER)).json()["items"]
        path, listed = f"/api/conversations/{row['id']}/messages?limit=3", []
        cursor = ""
        while cursor is not None:
            page = (await running.request("GET", f"{path}{cursor and f'&cursor={cursor}'}", by=OWNER)).json()
            listed += page["items"]
            cursor = page["next_cursor"]
        assert [item["content"] for item in listed] == expected
        assert [item["seq"] for item in listed] == list(range(1, 9))
