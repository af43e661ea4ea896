"""OpenAI's own client, pointed at the service over a real socket, finds what it knows."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import openai
import pytest

from agenthub.kit.auth.principal import ANONYMOUS, Principal
from agenthub.kit.testing import Running
from agenthub.sandbox.openai import Answer, Fault, OpenAISandbox
from agenthub.services.intelligence.llm.service import service
from tests.services.llm.serving import served

OWNER = Principal(
    kind="user", id="usr_a", organization_id="org_a", permissions=frozenset({"llm:manage", "agents:run"})
)
HELLO: Any = [{"role": "user", "content": "How are you?"}]


@pytest.fixture
async def sandbox() -> AsyncIterator[OpenAISandbox]:
    async with OpenAISandbox(api_key="sk-test") as sandbox:
        yield sandbox


@pytest.fixture
async def llm(start: Any, sandbox: OpenAISandbox) -> AsyncIterator[Running]:
    async with start(service, settings={"private_provider_hosts": "127.0.0.1"}) as running:
        body = {"name": "acme", "base_url": sandbox.base_url, "api_key": "sk-test"}
        assert (await running.request("POST", "/api/llm/providers", by=OWNER, json=body)).status == 201
        yield running


@pytest.fixture
async def client(llm: Running) -> AsyncIterator[openai.AsyncOpenAI]:
    def caller_of(headers: Mapping[bytes, bytes]) -> Principal:
        return OWNER if headers.get(b"authorization") == b"Bearer ak_test" else ANONYMOUS

    async with (
        served(llm, caller_of) as address,
        openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="ak_test", max_retries=0) as client,
    ):
        yield client


async def test_the_sdk_reads_a_whole_answer(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(model="echo", messages=HELLO)
    assert answer.choices[0].message.content == "How are you?"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == 6


async def test_the_sdk_reads_a_stream_with_figures(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model="echo", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    told = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert told == ["", "How", " are", " you?", None]
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 3


async def test_a_limit_ends_the_answer_with_length(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(model="echo", messages=HELLO, max_completion_tokens=2)
    assert answer.choices[0].message.content == "How are"
    assert answer.choices[0].finish_reason == "length"


async def test_the_models_of_a_connected_provider_are_listed_and_answer(
    client: openai.AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    names = [model.id async for model in client.models.list()]
    assert names[:2] == ["builtin", "echo"]
    assert "acme/gpt-4o-mini" in names
    assert (await client.models.retrieve("acme/gpt-4o-mini")).id == "acme/gpt-4o-mini"
    sandbox.answers.append(Answer(pieces=("Fine.",)))
    answer = await client.chat.completions.create(model="acme/gpt-4o-mini", messages=HELLO)
    assert answer.choices[0].message.content == "Fine."
    assert sandbox.requests[-1].body["messages"] == HELLO


@pytest.mark.parametrize(
    ("request_", "error", "code"),
    [
        ({"model": "acme9/x"}, openai.NotFoundError, "model_not_found"),
        ({"model": "echo", "tools": [{"type": "function", "function": {"name": "x"}}]},
         openai.UnprocessableEntityError, "feature_unsupported"),
        ({"model": "echo", "n": 2}, openai.UnprocessableEntityError, "feature_unsupported"),
        ({"model": "echo", "temperature": 9}, openai.BadRequestError, "bad_request"),
    ],
    ids=["no such model", "tools", "several answers", "out of bounds"],
)  # fmt: skip
async def test_the_sdk_knows_the_refusals(
    client: openai.AsyncOpenAI, request_: dict[str, Any], error: type[openai.APIStatusError], code: str
) -> None:
    with pytest.raises(error) as caught:
        await client.chat.completions.create(messages=HELLO, **request_)
    assert caught.value.code == code
    assert isinstance(caught.value.body, dict)
    assert {"message", "type", "param", "code"} <= caught.value.body.keys()


async def test_what_is_not_offered_can_be_dropped_on_request(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(
        model="echo", messages=HELLO, stop="x", extra_body={"drop_unsupported": True}
    )
    assert answer.choices[0].message.content == "How are you?"


async def test_a_caller_who_is_not_known_is_refused(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.AuthenticationError):
        await client.with_options(api_key="wrong").models.list()


async def test_a_vendor_that_is_busy_is_told_with_when_to_come_back(
    client: openai.AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    sandbox.faults.append(Fault(kind="status", status=503, headers={"Retry-After": "7"}))
    with pytest.raises(openai.InternalServerError) as caught:
        await client.chat.completions.create(model="acme/gpt-4o-mini", messages=HELLO, stream=True)
    assert caught.value.response.headers["retry-after"] == "7"


async def test_a_vendor_that_breaks_off_is_an_error_inside_the_stream(
    client: openai.AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    sandbox.faults.append(Fault(kind="reset"))
    stream = await client.chat.completions.create(model="acme/gpt-4o-mini", messages=HELLO, stream=True)
    told: list[str | None] = []

    async def read() -> None:
        told.extend([chunk.choices[0].delta.content async for chunk in stream])

    with pytest.raises(openai.APIError, match="broke off"):
        await read()


async def test_a_client_who_leaves_ends_the_work_at_the_vendor(
    client: openai.AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    sandbox.faults.append(Fault(kind="silence"))
    stream = await client.chat.completions.create(model="acme/gpt-4o-mini", messages=HELLO, stream=True)
    await anext(aiter(stream))
    await stream.close()
    async with asyncio.timeout(5):
        await sandbox.left_early.wait()
