"""The sample agent's suggested questions are answered from its sample documents, with no key."""

import re
import tomllib
from pathlib import Path

import pytest

import agenthub.services.intelligence as wing
from agenthub.contracts.llm import ChatMessage, CompletionRequest, Passage
from agenthub.services.intelligence.llm.providers.builtin.answer import answer

FOLDER = Path(next(iter(wing.__path__))) / "agents" / "sample"
SAMPLE = tomllib.loads((FOLDER / "sample.toml").read_text("utf-8"))
TEXTS = {entry["title"]: (FOLDER / entry["file"]).read_text("utf-8") for entry in SAMPLE["documents"]}
EXPECTED = ["45 days", "4.90 euros", "10:00 to 20:00"]


def passages_for(question: str) -> tuple[Passage, ...]:
    """The eight sections that share most words with the question."""
    asked = set(re.findall(r"\w{4,}", question.lower()))
    sections = [
        (title, part)
        for title, text in TEXTS.items()
        for part in re.split(r"\n(?=##? )", text)
        if part.strip()
    ]
    sections.sort(key=lambda s: -len(asked & set(re.findall(r"\w{4,}", s[1].lower()))))
    return tuple(
        Passage(number=at, text=part, title=title) for at, (title, part) in enumerate(sections[:8], 1)
    )


@pytest.mark.parametrize(
    ("question", "expected"), list(zip(SAMPLE["suggested_questions"], EXPECTED, strict=True))
)
def test_a_suggested_question_is_answered_with_a_quote(question: str, expected: str) -> None:
    passages = passages_for(question)
    said = answer(
        CompletionRequest(
            model="builtin", messages=(ChatMessage(role="user", content=question),), passages=passages
        )
    )
    quotes = [segment.citation.quote for segment in said.segments if segment.citation]
    assert any(expected in quote for quote in quotes)
    assert all(any(quote in text for text in TEXTS.values()) for quote in quotes)


def test_what_the_shop_does_not_say_is_passed_on_in_its_own_words() -> None:
    question = "Do you have a store in Berlin that sells bicycles?"
    request = CompletionRequest(
        model="builtin",
        messages=(ChatMessage(role="user", content=question),),
        passages=passages_for(question),
        fallback=SAMPLE["fallback"],
    )
    assert [segment.text for segment in answer(request).segments] == [SAMPLE["fallback"]]


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_each_sample_document_is_short_enough_to_be_read(text: str) -> None:
    assert text.startswith("# ")
    assert 300 <= len(text.split()) <= 600
