"""A visitor writes, and reads the thread by socket, event stream or polling."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import uvicorn
from websockets.asyncio.client import connect

from agenthub.contracts.agents import AgentPublished, Citation
from agenthub.contracts.channels import ChannelConnected, MessageReceived
from agenthub.contracts.conversations import LiveAnswer, ReplyReady, live_topic
from agenthub.kit.app.asgi import ServiceApp
from agenthub.kit.auth.principal import Principal
from agenthub.kit.testing import Running
from agenthub.services.communication.webchat.service import service
from tests.engines.process import free_port
from tests.services.conftest import Start


async def no_running_answers(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b'{"answers":[]}'})


OTHERS = {"conversations": no_running_answers}


def published(slug: str = "fern", greeting: str = "Hello") -> AgentPublished:
    return AgentPublished(
        organization_id="org_a",
        agent_id=f"agt_{slug}",
        version_id="ver_1",
        environment="production",
        weights={"ver_1": 100},
        name="Fern",
        slug=slug,
        greeting=greeting,
        suggestions=("Where is my parcel?",),
    )


def reply(thread: str, number: int) -> ReplyReady:
    return ReplyReady(
        organization_id="org_a",
        message_id=f"msg_{number}",
        conversation_id="conv_1",
        channel="webchat",
        account_id="chan_1",
        recipient="vis",
        thread=thread,
        content=f"answer {number} [1]",
        author_kind="agent",
        citations=(Citation(number=1, quote="word for word", document_id="doc_1", title="Returns", page=2),),
    )


async def arrive(running: Running, slug: str = "fern") -> dict[str, Any]:
    answer = await running.request("POST", "/api/webchat/visitor/sessions", json={"chat": slug})
    assert answer.status == 201
    session: dict[str, Any] = answer.json()
    return session


async def send(running: Running, session: dict[str, Any], text: str, client_id: str) -> Any:
    return await running.request(
        "POST",
        "/api/webchat/send",
        json={"text": text, "client_id": client_id},
        headers={"x-visitor-token": session["token"], "content-type": "application/json"},
    )


async def poll(running: Running, session: dict[str, Any], after: int = 0) -> list[dict[str, Any]]:
    answer = await running.request(
        "GET", f"/api/webchat/poll?after={after}", headers={"x-visitor-token": session["token"]}
    )
    events: list[dict[str, Any]] = answer.json()["events"]
    return events


@asynccontextmanager
async def on_a_socket(running: Running) -> AsyncIterator[str]:
    port = free_port()
    config = uvicorn.Config(
        ServiceApp(running.runtime), port=port, lifespan="off", log_config=None, ws="websockets-sansio"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


async def test_publishing_an_agent_opens_its_chat_and_publishing_again_refreshes_it(start: Start) -> None:
    async with start(service, others=OTHERS) as running:
        await running.hear(published())
        await running.hear(published(greeting="Good morning"))
        session = await arrive(running)
        assert (session["name"], session["greeting"]) == ("Fern", "Good morning")
        connected = [event for event in running.published if isinstance(event, ChannelConnected)]
        assert [event.for_agent_id for event in connected] == ["agt_fern"]


async def test_open_chats_are_listed_to_their_own_organization_only(start: Start) -> None:
    async with start(service, others=OTHERS) as running:
        await running.hear(published())
        by = Principal(
            kind="user", id="usr_1", organization_id="org_a", permissions=frozenset({"channels:manage"})
        )
        listed = await running.request("GET", "/api/webchat/accounts", by=by)
        assert [(row["slug"], row["agent_id"]) for row in listed.json()["items"]] == [("fern", "agt_fern")]
        stranger = msgspec.structs.replace(by, organization_id="org_b")
        assert (await running.request("GET", "/api/webchat/accounts", by=stranger)).json()["items"] == []


async def test_a_message_is_stored_before_it_is_acknowledged_and_taken_once(start: Start) -> None:
    async with start(service, others=OTHERS) as running:
        await running.hear(published())
        session = await arrive(running)
        first = await send(running, session, "Where is it?", "client-0001")
        again = await send(running, session, "Where is it?", "client-0001")
        assert (first.status, first.json()["seq"], again.json()["seq"]) == (202, 1, 1)
        assert [event["text"] for event in await poll(running, session)] == ["Where is it?"]
        await running.settled()
        received = [event for event in running.published if isinstance(event, MessageReceived)]
        assert [(event.thread, event.content) for event in received] == [(session["thread"], "Where is it?")]


async def test_an_answer_heard_twice_is_shown_once_with_its_citation(start: Start) -> None:
    async with start(service, others=OTHERS) as running:
        await running.hear(published())
        session = await arrive(running)
        await running.hear(reply(session["thread"], 1))
        await running.hear(reply(session["thread"], 1))
        (event,) = await poll(running, session)
        assert event["citations"][0]["quote"] == "word for word"


async def test_a_visitor_sees_only_their_own_thread(start: Start) -> None:
    async with start(service, others=OTHERS) as running:
        await running.hear(published())
        mine, theirs = await arrive(running), await arrive(running)
        await send(running, mine, "secret", "client-0001")
        assert await poll(running, theirs) == []
        forged = await running.request("GET", "/api/webchat/poll", headers={"x-visitor-token": "x" * 43})
        assert forged.status == 401


async def test_too_many_messages_are_refused_with_the_time_to_wait(start: Start) -> None:
    async with start(service, others=OTHERS, settings={"messages_per_minute": 2}) as running:
        await running.hear(published())
        session = await arrive(running)
        statuses = [(await send(running, session, "x", f"client-000{n}")).status for n in range(3)]
        assert statuses == [202, 202, 429]


async def test_a_chat_that_is_not_there_is_told_apart_from_one_that_is(start: Start) -> None:
    async with start(service, others=OTHERS) as running:
        await running.hear(published())
        assert (await running.request("GET", "/chat/fern")).status == 200
        assert (await running.request("GET", "/chat/nobody")).status == 404
        assert (
            (await running.request("GET", "/widget/chat.js"))
            .headers["content-type"]
            .startswith("text/javascript")
        )
        assert (await running.request("GET", "/widget/..%2fmodels.py")).status == 404


async def test_a_socket_cut_again_and_again_misses_nothing_and_repeats_nothing(start: Start) -> None:
    async with start(service, others=OTHERS) as running, on_a_socket(running) as address:
        await running.hear(published())
        session = await arrive(running)
        seen: list[int] = []
        for round_number in range(5):
            async with connect(f"ws://{address}/api/webchat/connect") as socket:
                await socket.send(
                    json.dumps({"type": "hello", "token": session["token"], "after": len(seen)})
                )
                for number in (1, 2):
                    await running.hear(reply(session["thread"], round_number * 10 + number))
                while len(seen) < round_number * 2 + 1:
                    seen.append(json.loads(await socket.recv())["seq"])
        missed = [event["seq"] for event in await poll(running, session, after=len(seen))]
        assert seen + missed == list(range(1, 11))


async def test_a_running_answer_is_shown_as_it_is_written(start: Start) -> None:
    async with start(service, others=OTHERS) as running, on_a_socket(running) as address:
        await running.hear(published())
        session = await arrive(running)
        async with connect(f"ws://{address}/api/webchat/connect") as socket:
            await socket.send(json.dumps({"type": "hello", "token": session["token"], "after": 0}))
            await socket.send(json.dumps({"text": "hi", "client_id": "client-0001"}))
            kinds = {json.loads(await socket.recv())["type"] for _ in range(2)}
            assert kinds == {"sent", "message"}
            piece = LiveAnswer(message_id="msg_1", offset=0, text="Hel")
            topic = live_topic("webchat", session["thread"])
            await running.runtime.ports.feed.publish(topic, msgspec.json.encode(piece))
            assert json.loads(await socket.recv()) == {
                "type": "delta",
                "message_id": "msg_1",
                "offset": 0,
                "text": "Hel",
            }


async def test_an_unknown_visitor_is_refused_on_the_socket_with_a_reason(start: Start) -> None:
    async with (
        start(service, others=OTHERS) as running,
        on_a_socket(running) as address,
        connect(f"ws://{address}/api/webchat/connect") as socket,
    ):
        await socket.send(json.dumps({"type": "hello", "token": "nobody", "after": 0}))
        assert json.loads(await socket.recv())["code"] == "visitor_unknown"
        await socket.wait_closed()
        assert socket.close_code == 1008


async def test_an_event_stream_resumes_behind_the_last_event_id(start: Start) -> None:
    async with start(service, others=OTHERS) as running, on_a_socket(running) as address:
        await running.hear(published())
        session = await arrive(running)
        for number in range(1, 5):
            await running.hear(reply(session["thread"], number))
        headers = {
            "x-visitor-token": session["token"],
            "accept": "text/event-stream",
            "last-event-id": "2",
        }
        async with (
            httpx.AsyncClient() as client,
            client.stream("GET", f"http://{address}/api/webchat/connect", headers=headers) as stream,
        ):
            numbers = []
            async for row in stream.aiter_lines():
                if row.startswith("id: "):
                    numbers.append(int(row[4:]))
                if len(numbers) == 2:
                    break
        assert numbers == [3, 4]
        facts = await running.request(
            "GET", "/api/webchat/connect", headers={"x-visitor-token": session["token"]}
        )
        assert facts.json()["last_seq"] == 4
