"""OpenAI's own client finds the stand-in to be OpenAI."""

from collections.abc import AsyncIterator

import aiohttp
import openai
import pytest

from agenthub.sandbox.openai import Answer, Fault, OpenAISandbox


@pytest.fixture
async def sandbox() -> AsyncIterator[OpenAISandbox]:
    async with OpenAISandbox(api_key="sk-test") as sandbox:
        yield sandbox


@pytest.fixture
async def client(sandbox: OpenAISandbox) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=sandbox.base_url, api_key="sk-test", max_retries=0) as client:
        yield client


async def test_the_sdk_reads_a_whole_answer(client: openai.AsyncOpenAI, sandbox: OpenAISandbox) -> None:
    sandbox.answers.append(Answer(pieces=("Nine ", "o'clock.")))
    answer = await client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": "When do you open?"}]
    )
    assert answer.choices[0].message.content == "Nine o'clock."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (4, 2)


@pytest.mark.parametrize("figures", [True, False])
async def test_the_sdk_reads_a_stream(
    client: openai.AsyncOpenAI, sandbox: OpenAISandbox, figures: bool
) -> None:
    stream = await client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": "नमस्ते दुनिया"}],
        stream=True,
        stream_options={"include_usage": figures},
    )
    chunks = [chunk async for chunk in stream]
    told = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert told == "You said: नमस्ते दुनिया"
    assert len({(chunk.id, chunk.created) for chunk in chunks}) == 1
    assert [chunk.usage.completion_tokens for chunk in chunks if chunk.usage] == ([4] if figures else [])


@pytest.mark.parametrize("dimensions", [None, 8])
async def test_the_sdk_reads_embeddings_equal_in_both_encodings(
    client: openai.AsyncOpenAI, dimensions: int | None
) -> None:
    size = openai.omit if dimensions is None else dimensions
    coded = await client.embeddings.create(model="text-embedding-3-small", input=["a", "b"], dimensions=size)
    plain = await client.embeddings.create(
        model="text-embedding-3-small", input=["a", "b"], dimensions=size, encoding_format="float"
    )
    for one, other in zip(coded.data, plain.data, strict=True):
        assert one.embedding == pytest.approx(other.embedding, abs=1e-6)
        assert len(one.embedding) == (dimensions or 1536)
        assert sum(value * value for value in one.embedding) == pytest.approx(1.0, abs=1e-5)
    assert coded.data[0].embedding != coded.data[1].embedding


async def test_token_numbers_are_embedded_too(client: openai.AsyncOpenAI) -> None:
    answer = await client.embeddings.create(model="text-embedding-3-small", input=[[15339, 1917], [1]])
    assert len(answer.data) == 2


async def test_the_sdk_lists_the_models(client: openai.AsyncOpenAI) -> None:
    assert "gpt-4o-mini" in [model.id async for model in client.models.list()]
    assert (await client.models.retrieve("gpt-4o-mini")).owned_by == "openai"
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("gpt-0")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, openai.BadRequestError),
        (403, openai.PermissionDeniedError),
        (409, openai.ConflictError),
        (422, openai.UnprocessableEntityError),
        (429, openai.RateLimitError),
        (503, openai.InternalServerError),
    ],
)
async def test_the_sdk_knows_the_refusals(
    client: openai.AsyncOpenAI, sandbox: OpenAISandbox, status: int, error: type[openai.APIStatusError]
) -> None:
    sandbox.faults.append(Fault(kind="status", status=status, headers={"Retry-After": "3"}))
    with pytest.raises(error) as caught:
        await client.models.list()
    assert caught.value.response.headers["retry-after"] == "3"
    assert isinstance(caught.value.body, dict)
    assert {"message", "type", "param", "code"} <= caught.value.body.keys()


async def test_a_wrong_key_is_refused(sandbox: OpenAISandbox) -> None:
    async with openai.AsyncOpenAI(base_url=sandbox.base_url, api_key="sk-other", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError):
            await client.models.list()


async def test_the_sdk_tries_again_after_a_fault_that_passes(sandbox: OpenAISandbox) -> None:
    sandbox.faults.append(Fault(kind="status", status=429, headers={"retry-after-ms": "1"}))
    async with openai.AsyncOpenAI(base_url=sandbox.base_url, api_key="sk-test", max_retries=1) as client:
        await client.models.list()
    assert len(sandbox.requests) == 2


async def test_the_sdk_sees_an_error_inside_the_stream(
    client: openai.AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    sandbox.faults.append(Fault(kind="error_event"))
    stream = await client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": "Hello"}], stream=True
    )
    with pytest.raises(openai.APIError, match="overloaded"):
        [chunk async for chunk in stream]


async def test_another_process_scripts_it_over_http(
    client: openai.AsyncOpenAI, sandbox: OpenAISandbox
) -> None:
    home = sandbox.base_url.removesuffix("/v1") + "/sandbox"
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        await session.post(f"{home}/answers", json={"pieces": ["Scripted."]})
        await session.post(f"{home}/faults", json={"kind": "status", "status": 503})
        with pytest.raises(openai.InternalServerError):
            await client.models.list()
        answer = await client.chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": "Hello"}]
        )
        log = await (await session.get(f"{home}/requests")).json()
    assert answer.choices[0].message.content == "Scripted."
    assert [entry["path"] for entry in log] == ["/v1/models", "/v1/chat/completions"]
