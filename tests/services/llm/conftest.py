"""Questions to the built-in model."""

from collections.abc import Callable

import pytest

from agenthub.contracts.llm import ChatMessage, Completion, CompletionRequest, Passage, collect
from agenthub.services.intelligence.llm.providers.builtin.provider import BuiltinProvider

Ask = Callable[..., "object"]


@pytest.fixture
def ask() -> Ask:
    """Asks in the last of `turns`, with these texts as passages 1, 2 …; every quote is checked."""

    async def asked(*turns: str, texts: tuple[str, ...] = (), **rest: object) -> Completion:
        passages = tuple(Passage(number=at, text=text, title="Guide") for at, text in enumerate(texts, 1))
        request = CompletionRequest(
            model="builtin",
            messages=tuple(ChatMessage(role="user", content=turn) for turn in turns),
            passages=passages,
            **rest,
        )
        answer = await collect(BuiltinProvider().stream(request))
        for citation in answer.citations:
            text = texts[citation.number - 1]
            assert citation.quote == text[citation.start : citation.end] != ""
        return answer

    return asked
