"""A turn: one message in, one grounded answer out, recorded once."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from agenthub.contracts.agents import AnswerCited, AnswerFinished, AnswerPiece, Citation, TurnFinished
from agenthub.contracts.llm import CitationMark, Finished, PersonRequested, TextDelta
from agenthub.kit.errors import Conflict, NotFound, Unavailable
from agenthub.kit.testing import Running
from tests.services.agents.conftest import (
    CITED,
    DEFINITION,
    PASSAGE,
    QUOTE,
    USAGE,
    Knowledge,
    Llm,
    asking,
    door,
    person,
)

Ask = Callable[..., Any]
CITATION = Citation(
    number=1,
    quote=QUOTE,
    document_id="doc_1",
    title="Returns and refunds",
    page=4,
    section=("Returns",),
    version=2,
    file_id="file_1",
)


def turns_finished(running: Running) -> list[TurnFinished]:
    return [event for event in running.published if isinstance(event, TurnFinished)]


async def runs_of(running: Running, agent_id: str) -> list[dict[str, Any]]:
    answer = await running.request("GET", f"/api/agents/{agent_id}/runs", by=person())
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_an_answer_streams_with_citations_that_resolve_to_the_quote_and_its_page(
    ask: Ask, agents: Running, agent_id: str
) -> None:
    *told, finished = await ask()
    pieces = [event.text for event in told if isinstance(event, AnswerPiece)]
    assert pieces == ["Returns are free ", "for 45 days.", " [1]"]
    assert [event.citation for event in told if isinstance(event, AnswerCited)] == [CITATION]
    assert finished.text == "".join(pieces)
    assert finished.citations == (CITATION,)
    assert (finished.outcome, finished.confidence) == ("answered", 0.9)
    await agents.settled()
    (event,) = turns_finished(agents)
    assert (event.run_id, event.outcome, event.passages) == (finished.run_id, "answered", 1)
    (run,) = await runs_of(agents, agent_id)
    assert (run["id"], run["text"], run["question"]) == (finished.run_id, finished.text, "How long?")


async def test_pieces_leave_before_the_model_has_finished(agents: Running, agent_id: str, llm: Llm) -> None:
    llm.events = (TextDelta(text="Returns "), asyncio.Event())
    stream = door(agents).turn(asking(agent_id, "How long?"))
    async with asyncio.timeout(5):
        assert await anext(stream) == AnswerPiece(text="Returns ")
        await stream.aclose()


async def test_the_model_is_given_the_passages_numbered_and_the_conversation(ask: Ask, llm: Llm) -> None:
    await ask("Hello", "Hello! How can I help?", "How long may I keep my new boots?")
    (request,) = llm.asked
    assert [turn["role"] for turn in request["messages"]] == ["user", "assistant", "user"]
    assert [(passage["number"], passage["text"]) for passage in request["passages"]] == [(1, PASSAGE.text)]
    assert (request["model"], request["greeting"], request["fallback"]) == (
        "builtin",
        "Hello!",
        "I do not know that.",
    )


async def test_a_short_question_is_looked_up_together_with_the_one_before(
    ask: Ask, knowledge: Knowledge
) -> None:
    await ask("What does delivery to Germany cost?", "4.90 euros.", "And to Norway?")
    assert knowledge.asked[-1]["question"] == "What does delivery to Germany cost?\nAnd to Norway?"


@pytest.mark.parametrize(
    "events",
    [
        (TextDelta(text="Free. [2]"), CitationMark(number=2, quote="Free.", start=0, end=5)),
        (TextDelta(text="Free. [1]"), msgspec.structs.replace(CITED, quote="Returns are free for ever.")),
        (TextDelta(text="Free. [1]"), TextDelta(text="")),
        (TextDelta(text="Free. [7]"),),
    ],
    ids=["unknown passage", "quote not in the passage", "no citation follows", "nothing follows"],
)
async def test_a_citation_that_rests_on_nothing_never_leaves(ask: Ask, llm: Llm, events: Any) -> None:
    llm.events = (*events, USAGE, Finished(reason="stop"))
    *told, finished = await ask()
    assert not any(isinstance(event, AnswerCited) for event in told)
    assert (finished.text, finished.citations) == ("Free.", ())


async def test_brackets_in_code_are_left_alone(ask: Ask, llm: Llm) -> None:
    llm.events = (TextDelta(text="Take `sizes[1]`."), USAGE, Finished(reason="stop"))
    assert (await ask())[-1].text == "Take `sizes[1]`."


async def test_a_passage_that_fits_badly_is_not_shown_to_the_model(
    ask: Ask, llm: Llm, knowledge: Knowledge
) -> None:
    knowledge.found = [msgspec.structs.replace(PASSAGE, score=0.2)]
    llm.events = (TextDelta(text="I do not know that."), USAGE, Finished(reason="no_answer"))
    finished = (await ask())[-1]
    assert llm.asked[0]["passages"] == []
    assert "I do not know that." in llm.asked[0]["instructions"]
    assert (finished.outcome, finished.confidence) == ("no_answer", 0.2)


async def test_a_wish_for_a_person_is_told(ask: Ask, llm: Llm) -> None:
    llm.events = (TextDelta(text="Of course."), PersonRequested(), USAGE, Finished(reason="stop"))
    assert (await ask())[-1].outcome == "person_requested"


async def test_a_repeated_turn_is_told_again_and_recorded_once(
    ask: Ask, agents: Running, agent_id: str, llm: Llm
) -> None:
    first = (await ask())[-1]
    again = await ask()
    assert again == [AnswerPiece(text=first.text), AnswerCited(citation=CITATION), first]
    assert len(llm.asked) == 1
    await agents.settled()
    assert len(turns_finished(agents)) == 1
    assert len(await runs_of(agents, agent_id)) == 1


async def test_the_same_turn_twice_at_once_is_recorded_once(
    ask: Ask, agents: Running, agent_id: str, llm: Llm
) -> None:
    gate = asyncio.Event()
    llm.events = (TextDelta(text="Yes."), gate, USAGE, Finished(reason="stop"))
    both = [asyncio.create_task(ask()) for _ in range(2)]
    while len(llm.asked) < 2:
        await asyncio.sleep(0)
    gate.set()
    one, other = await asyncio.gather(*both)
    await agents.settled()
    (run,) = await runs_of(agents, agent_id)
    assert one[-1].run_id == other[-1].run_id == run["id"]
    assert len(turns_finished(agents)) == 1


async def test_a_turn_that_was_broken_off_is_recorded_as_aborted_and_can_be_answered_after_all(
    ask: Ask, agents: Running, agent_id: str, llm: Llm
) -> None:
    whole, llm.events = llm.events, (TextDelta(text="Returns "), asyncio.Event())
    stream = door(agents).turn(asking(agent_id, "How long?"))
    await anext(stream)
    await stream.aclose()
    assert llm.left.is_set()
    await agents.settled()
    assert [event.outcome for event in turns_finished(agents)] == ["aborted"]
    llm.events = whole
    finished = (await ask())[-1]
    assert finished.outcome == "answered"
    await agents.settled()
    (run,) = await runs_of(agents, agent_id)
    assert (run["id"], run["outcome"]) == (finished.run_id, "answered")
    assert len(turns_finished(agents)) == 1


@pytest.mark.parametrize("which", ["knowledge", "llm"])
async def test_a_service_that_is_down_makes_the_caller_try_again(
    ask: Ask, agents: Running, knowledge: Knowledge, llm: Llm, which: str
) -> None:
    if which == "llm":
        llm.problem = (503, {"detail": "the model is down", "code": "unavailable"})
    else:
        knowledge.fails = 1
    with pytest.raises(Unavailable, match="is down"):
        await ask()
    await agents.settled()
    assert turns_finished(agents) == []
    llm.problem = None
    assert (await ask())[-1].outcome == "answered"


async def test_wrong_settings_end_the_turn_with_the_fallback(ask: Ask, llm: Llm) -> None:
    llm.problem = (503, {"detail": "the key is refused", "code": "misconfigured"})
    *_, finished = await ask()
    assert (finished.text, finished.outcome) == ("I do not know that.", "failed")


async def test_an_interrupted_answer_keeps_its_text_and_counts_as_failed(ask: Ask, llm: Llm) -> None:
    llm.events = (TextDelta(text="Returns are"), USAGE, Finished(reason="interrupted"))
    finished = (await ask())[-1]
    assert (finished.text, finished.outcome) == ("Returns are", "failed")


async def test_a_model_that_says_nothing_is_never_silence(ask: Ask, llm: Llm) -> None:
    llm.events = (USAGE, Finished(reason="stop"))
    finished = (await ask())[-1]
    assert (finished.text, finished.outcome) == ("I do not know that.", "no_answer")


class TestWithAShortLimit:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"turn_seconds": 1}

    async def test_a_turn_that_takes_too_long_ends_with_the_fallback(self, ask: Ask, llm: Llm) -> None:
        llm.events = (TextDelta(text="Well,"), asyncio.Event())
        finished = (await ask())[-1]
        assert (finished.text, finished.outcome) == ("Well,\n\nI do not know that.", "failed")
        assert llm.left.is_set()


async def test_a_draft_answers_nobody(agents: Running) -> None:
    made = await agents.request("POST", "/api/agents/create", by=person(), json=DEFINITION)
    with pytest.raises(Conflict, match="publish the agent first"):
        await anext(door(agents).turn(asking(made.json()["id"], "Hello")))


async def test_an_agent_of_another_organization_is_not_there(agents: Running, agent_id: str) -> None:
    with pytest.raises(NotFound):
        await anext(door(agents, "org_b").turn(asking(agent_id, "Hello")))
    assert isinstance((await _whole(agents, agent_id))[-1], AnswerFinished)


async def _whole(running: Running, agent_id: str) -> list[Any]:
    return [event async for event in door(running).turn(asking(agent_id, "Hello"))]
