"""One contract for every provider of language models."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import aiohttp
import pytest

from agenthub.contracts.llm import (
    ChatMessage,
    CitationMark,
    CompletionRequest,
    Finished,
    Passage,
    TextDelta,
    Usage,
    collect,
)
from agenthub.sandbox.openai import Answer, OpenAISandbox
from agenthub.services.intelligence.llm.providers.port import Provider, ProviderAccount
from agenthub.services.intelligence.llm.providers.registry import provider_class

QUESTION = "How many days do I have to return an item?"
PASSAGES = (
    Passage(number=1, text="Orders leave our warehouse within one day. Shipping is free above 60 euros."),
    Passage(number=2, text="You may return any item within 30 days. The refund takes 5 days after that."),
)
REQUEST = CompletionRequest(
    model="gpt-4o-mini", messages=(ChatMessage(role="user", content=QUESTION),), passages=PASSAGES
)
ANSWER = Answer(pieces=("You have ", "30 days ", "to return an item [", "2", "]", "."))


@pytest.fixture
async def sandbox() -> AsyncIterator[OpenAISandbox]:
    async with OpenAISandbox() as sandbox:
        sandbox.answers.extend([ANSWER, ANSWER])
        yield sandbox


@pytest.fixture(params=["builtin", "echo", "openai", "openai_compatible"])
async def provider(request: pytest.FixtureRequest, sandbox: OpenAISandbox) -> AsyncIterator[Provider]:
    account = ProviderAccount(name="mine", base_url=sandbox.base_url, api_key="sk-test")
    async with aiohttp.ClientSession() as session:
        yield provider_class(request.param).connect(account, session)


async def test_the_text_streams_in_pieces_that_are_never_empty(provider: Provider) -> None:
    events = [event async for event in provider.stream(REQUEST)]
    pieces = [event.text for event in events if isinstance(event, TextDelta)]
    assert len(pieces) > 3
    assert all(pieces)


async def test_a_stream_ends_with_usage_once_and_then_the_reason(provider: Provider) -> None:
    events = [event async for event in provider.stream(REQUEST)]
    assert isinstance(events[-1], Finished)
    assert isinstance(events[-2], Usage)
    assert events[-2].input_tokens > 0
    assert events[-2].output_tokens > 0
    assert sum(isinstance(event, Usage | Finished) for event in events) == 2


async def test_every_mark_has_its_quote_and_every_quote_is_in_its_passage(provider: Provider) -> None:
    answer = await collect(provider.stream(REQUEST))
    texts = {passage.number: passage.text for passage in PASSAGES}
    for citation in answer.citations:
        assert citation.quote == texts[citation.number][citation.start : citation.end] != ""
    marks = [number for number in texts for _ in range(answer.text.count(f"[{number}]"))]
    assert sorted(marks) == sorted(citation.number for citation in answer.citations)


@pytest.mark.parametrize("provider", ["builtin", "openai", "openai_compatible"], indirect=True)
async def test_grounded_providers_cite_the_passage_that_holds_the_answer(provider: Provider) -> None:
    events = [event async for event in provider.stream(REQUEST)]
    citations = [event for event in events if isinstance(event, CitationMark)]
    assert [c.quote for c in citations] == ["You may return any item within 30 days."]
    at = events.index(citations[0])
    before = "".join(event.text for event in events[:at] if isinstance(event, TextDelta))
    assert before.endswith("[2]")


async def test_the_same_request_gives_the_same_events(provider: Provider) -> None:
    first = [event async for event in provider.stream(REQUEST)]
    assert first == [event async for event in provider.stream(REQUEST)]


async def test_a_reader_may_leave_after_the_first_piece(provider: Provider) -> None:
    async with aclosing(provider.stream(REQUEST)) as stream:
        assert isinstance(await anext(stream), TextDelta)
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_a_cancelled_reader_takes_the_stream_with_it(provider: Provider) -> None:
    begun = asyncio.Event()

    async def read() -> None:
        async with aclosing(provider.stream(REQUEST)) as stream:
            async for _ in stream:
                begun.set()
                await asyncio.Event().wait()

    task = asyncio.create_task(read())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_streams_at_the_same_time_do_not_mix(provider: Provider, sandbox: OpenAISandbox) -> None:
    alone = await collect(provider.stream(REQUEST))
    sandbox.answers.extend([ANSWER] * 5)
    together = await asyncio.gather(*(collect(provider.stream(REQUEST)) for _ in range(5)))
    assert together == [alone] * 5


async def test_the_models_are_listed_and_the_name_is_the_operators(provider: Provider) -> None:
    models = await provider.models()
    assert models
    assert all(model.name for model in models)
    assert provider.name == "mine"


async def test_an_answer_without_passages_cites_nothing(provider: Provider) -> None:
    request = CompletionRequest(model="gpt-4o-mini", messages=(ChatMessage(role="user", content=QUESTION),))
    answer = await collect(provider.stream(request))
    assert answer.text
    assert answer.citations == ()
