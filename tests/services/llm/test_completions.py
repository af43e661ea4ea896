"""Other services are streamed answers, and every request leaves a record, however it ends."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest
from sqlalchemy import select

from agenthub.contracts.llm import (
    ChatMessage,
    CompletionFinished,
    CompletionRequest,
    Finished,
    LlmClient,
    StreamEvent,
    TextDelta,
    collect,
)
from agenthub.kit.auth.principal import Principal, service_principal
from agenthub.kit.calls.door import Door
from agenthub.kit.clock import FrozenClock
from agenthub.kit.errors import NotFound, TooManyRequests, Unavailable
from agenthub.kit.testing import Running
from agenthub.kit.tracing import new_origin
from agenthub.sandbox.openai import Answer, Fault, OpenAISandbox
from agenthub.services.intelligence.llm.models import RequestRow, requests
from agenthub.services.intelligence.llm.service import service
from tests.services.llm.serving import served

OWNER = Principal(
    kind="user", id="usr_a", organization_id="org_a", permissions=frozenset({"llm:manage", "agents:run"})
)
ALL_REQUESTS = select(*(requests.c[name] for name in RequestRow.__struct_fields__)).order_by(
    requests.c.created_at
)


@pytest.fixture
async def sandbox() -> AsyncIterator[OpenAISandbox]:
    async with OpenAISandbox(api_key="sk-test") as sandbox:
        yield sandbox


@pytest.fixture
async def llm(start: Any) -> AsyncIterator[Running]:
    async with start(service, settings={"private_provider_hosts": "127.0.0.1"}) as running:
        yield running


def client(running: Running, organization_id: str = "org_a") -> LlmClient:
    caller = service_principal("agents", organization_id)
    return LlmClient(Door(running._transport, "llm", caller, new_origin()))


def asking(model: str, text: str = "How are you?", **rest: Any) -> CompletionRequest:
    return CompletionRequest(model=model, messages=(ChatMessage(role="user", content=text),), **rest)


async def connected(running: Running, sandbox: OpenAISandbox) -> str:
    body = {"name": "acme", "base_url": sandbox.base_url, "api_key": "sk-test"}
    answer = await running.request("POST", "/api/llm/providers", by=OWNER, json=body)
    assert answer.status == 201, answer.text
    return str(answer.json()["id"])


async def kept(running: Running) -> list[RequestRow]:
    async with running.runtime.own_unit("org_a") as ctx:
        rows: list[RequestRow] = await ctx.db.all(ALL_REQUESTS, RequestRow)
        return rows


async def test_an_answer_is_streamed_and_recorded_before_its_end_is_told(llm: Running) -> None:
    stream = client(llm).stream(asking("echo", agent_id="agt_1", conversation_id="conv_1"))
    events: list[StreamEvent] = []
    async for event in stream:
        events.append(event)
        if isinstance(event, Finished):
            (row,) = await kept(llm)
            assert (row.status, row.model, row.provider) == ("ok", "echo", "echo")
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "How are you?"
    await llm.settled()
    (said,) = llm.published
    assert isinstance(said, CompletionFinished)
    assert (said.agent_id, said.conversation_id, said.organization_id) == ("agt_1", "conv_1", "org_a")
    assert (said.input_tokens, said.output_tokens, said.cost_nanos) == (3, 3, 0)


async def test_a_connected_provider_answers_with_its_own_key(llm: Running, sandbox: OpenAISandbox) -> None:
    await connected(llm, sandbox)
    sandbox.answers.append(Answer(pieces=("Nine ", "o'clock.")))
    answer = await collect(client(llm).stream(asking("acme/gpt-4o-mini")))
    assert answer.text == "Nine o'clock."
    assert sandbox.requests[-1].body["model"] == "gpt-4o-mini"


async def test_a_failure_before_the_first_text_is_the_problem_itself(
    llm: Running, sandbox: OpenAISandbox
) -> None:
    await connected(llm, sandbox)
    sandbox.faults.append(Fault(kind="status", status=503, headers={"Retry-After": "7"}))
    with pytest.raises(Unavailable) as caught:
        await collect(client(llm).stream(asking("acme/gpt-4o-mini")))
    assert caught.value.retry_after == 7
    assert [row.status for row in await kept(llm)] == ["failed"]


async def test_a_failure_after_text_ends_the_stream_as_interrupted(
    llm: Running, sandbox: OpenAISandbox
) -> None:
    await connected(llm, sandbox)
    sandbox.answers.append(Answer(pieces=("Nine ", "o'clock.")))
    sandbox.faults.append(Fault(kind="reset"))
    answer = await collect(client(llm).stream(asking("acme/gpt-4o-mini")))
    assert (answer.text, answer.reason) == ("Nine", "interrupted")
    (row,) = await kept(llm)
    assert row.status == "interrupted"
    assert row.output_tokens > 0


async def test_who_leaves_early_ends_the_work_at_the_vendor(llm: Running, sandbox: OpenAISandbox) -> None:
    await connected(llm, sandbox)
    sandbox.faults.append(Fault(kind="silence"))
    stream = client(llm).stream(asking("acme/gpt-4o-mini"))
    assert isinstance(await anext(stream), TextDelta)
    await stream.aclose()
    await sandbox.left_early.wait()
    await llm.settled()
    assert [row.status for row in await kept(llm)] == ["aborted"]
    assert [event.status for event in llm.published if isinstance(event, CompletionFinished)] == ["aborted"]


async def test_a_connection_that_closes_ends_the_work_at_the_vendor(
    llm: Running, sandbox: OpenAISandbox
) -> None:
    await connected(llm, sandbox)
    sandbox.faults.append(Fault(kind="silence"))
    body = msgspec.json.encode(asking("acme/gpt-4o-mini"))
    agents = service_principal("agents", "org_a")
    async with served(llm, lambda _: agents) as address, aiohttp.ClientSession() as session:
        async with session.post(f"{address}/internal/llm/stream", data=body) as response:
            assert b'"text"' in await response.content.readline()
        async with asyncio.timeout(5):
            await sandbox.left_early.wait()
    assert [row.status for row in await kept(llm)] == ["aborted"]


async def test_another_organization_does_not_have_the_provider(llm: Running, sandbox: OpenAISandbox) -> None:
    await connected(llm, sandbox)
    with pytest.raises(NotFound) as caught:
        await collect(client(llm, "org_b").stream(asking("acme/gpt-4o-mini")))
    assert caught.value.problem_code == "model_not_found"


async def test_more_answers_at_once_than_allowed_are_told_to_come_back(start: Any) -> None:
    async with start(service, settings={"parallel_requests": 1}) as running:
        first = client(running).stream(asking("echo", "one " * 100))
        await anext(first)
        with pytest.raises(TooManyRequests):
            await collect(client(running).stream(asking("echo")))
        await first.aclose()
        assert (await collect(client(running).stream(asking("echo")))).reason == "stop"


async def test_old_metadata_is_forgotten(start: Any) -> None:
    clock = FrozenClock()
    async with start(service, clock=clock, settings={"request_log_days": 30}) as running:
        await collect(client(running).stream(asking("echo")))
        clock.advance(days=20)
        await collect(client(running).stream(asking("echo")))
        clock.advance(days=11)
        running.runtime.jobs.wake()
        await running.settled()
        assert len(await kept(running)) == 1


async def test_a_request_that_cannot_be_read_names_the_field(llm: Running) -> None:
    answer = await llm.request(
        "POST", "/internal/llm/stream", by=service_principal("agents", "org_a"), json={"model": "echo"}
    )
    assert answer.status == 422
    assert "messages" in answer.json()["detail"]
    assert msgspec.json.decode(answer.body)["code"] == "invalid"
