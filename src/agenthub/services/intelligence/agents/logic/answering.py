"""The steps of a turn: what is looked up, what is asked of the model, what its events become."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Literal

from agenthub.contracts.agents import AnswerCited, AnswerPiece, Turn, TurnRequest
from agenthub.contracts.knowledge import KnowledgeClient, PassageFound
from agenthub.contracts.llm import (
    ChatMessage,
    CitationMark,
    CompletionRequest,
    Finished,
    FinishReason,
    LlmClient,
    Passage,
    PersonRequested,
    StreamEvent,
    TextDelta,
    Usage,
)
from agenthub.kit.context import Context
from agenthub.kit.errors import Problem, TooManyRequests, Unavailable
from agenthub.services.intelligence.agents.logic.citations import CitedText
from agenthub.services.intelligence.agents.models import Definition, VersionRow
from agenthub.services.intelligence.agents.settings import AgentsSettings

Outcome = Literal["answered", "no_answer", "person_requested", "failed"]
Ctx = Context[AgentsSettings]
_SHORT_QUESTION_WORDS = 4
_PLAIN_FALLBACK = "I cannot answer that at the moment. Would you like to speak with a person?"
_NOTHING_FOUND = (
    "Nothing was found in the documents for this message. Greetings and thanks you may answer briefly; "
    "to everything else reply with exactly this text and nothing else: {fallback}"
)
_OUTCOMES: Mapping[FinishReason, Outcome] = {
    "stop": "answered",
    "length": "answered",
    "no_answer": "no_answer",
    "interrupted": "failed",
}


class Answering:
    """One turn while it is answered: its events, and what is known of it at any moment."""

    def __init__(self, ctx: Ctx, request: TurnRequest, version: VersionRow) -> None:
        self._ctx = ctx
        self._request = request
        self._version = version
        self._definition = version.opened()
        self._deadline = asyncio.get_running_loop().time() + ctx.settings.turn_seconds
        self.cited = CitedText({})
        self.question = question_of(request.history)
        self.outcome: Outcome = "failed"
        self.confidence = 0.0
        self.passages = 0
        self.usage = Usage(input_tokens=0, output_tokens=0, estimated=True)
        self._person_requested = False
        self._reason: FinishReason = "interrupted"

    async def events(self) -> AsyncGenerator[AnswerPiece | AnswerCited, None]:
        """The answer; Unavailable before its first text when trying again may help, else the fallback."""
        try:
            async with aclosing(self._attempt()) as events:
                async for event in events:
                    yield event
        except TimeoutError:
            self._note("turn_timed_out", f"no whole answer in {self._ctx.settings.turn_seconds:g} s")
            for piece in self._fallback():
                yield piece
        except Problem as problem:
            if _may_pass(problem) and not self.cited.text:
                raise Unavailable(problem.detail, retry_after=problem.retry_after) from problem
            self._note("turn_failed", problem.detail)
            if not self.cited.text:
                for piece in self._fallback():
                    yield piece

    async def _attempt(self) -> AsyncGenerator[AnswerPiece | AnswerCited, None]:
        found = await self._found()
        self.cited = CitedText(dict(enumerate(found, 1)))
        model = self._ctx.client(LlmClient).stream(self._completion(found))
        async with aclosing(model):
            while (event := await self._next(model)) is not None:
                for told in self._told(event):
                    yield told
        for told in self.cited.close():
            yield told
        self.outcome = "person_requested" if self._person_requested else _OUTCOMES[self._reason]
        if not self.cited.text.strip():
            self.outcome = "failed" if self.outcome == "failed" else "no_answer"
            for told in self._fallback():
                yield told

    async def _next(self, model: AsyncGenerator[StreamEvent, None]) -> StreamEvent | None:
        async with asyncio.timeout_at(self._deadline):
            return await anext(model, None)

    def _told(self, event: StreamEvent) -> Iterator[AnswerPiece | AnswerCited]:
        match event:
            case TextDelta():
                yield from self.cited.feed(event.text)
            case CitationMark():
                yield from self.cited.cite(event)
            case PersonRequested():
                self._person_requested = True
            case Usage():
                self.usage = event
            case Finished():
                self._reason = event.reason

    async def _found(self) -> Sequence[PassageFound]:
        """The passages to answer from; none when even the best fits too badly."""
        if not self._definition.knowledge_base_ids or not self.question:
            return ()
        async with asyncio.timeout_at(self._deadline):
            found = await self._ctx.client(KnowledgeClient).search(
                self._definition.knowledge_base_ids,
                search_text(self._request.history),
                self._ctx.settings.passages,
            )
        self.confidence = max((passage.score for passage in found), default=0.0)
        self.passages = len(found)
        return found if self.confidence >= self._definition.threshold else ()

    def _completion(self, found: Sequence[PassageFound]) -> CompletionRequest:
        definition = self._definition
        shown = self._request.history[-self._ctx.settings.history_turns :]
        return CompletionRequest(
            model=definition.model,
            messages=tuple(_message(turn) for turn in shown),
            passages=tuple(_passage(number, passage) for number, passage in enumerate(found, 1)),
            instructions=_instructions(definition, found),
            greeting=definition.greeting,
            fallback=definition.fallback,
            language=self._request.language or definition.language,
            agent_id=self._version.agent_id,
            conversation_id=self._request.conversation_id,
        )

    def _fallback(self) -> Sequence[AnswerPiece]:
        """The owner's words for not knowing, after a blank line where something was said already."""
        words = self._definition.fallback or _PLAIN_FALLBACK
        border = "\n\n" if self.cited.text else ""
        return [*self.cited.close(), *self.cited.feed(border + words), *self.cited.close()]

    def _note(self, what: str, reason: str) -> None:
        self._ctx.runtime.log.warning(
            what, agent=self._version.agent_id, turn=self._request.turn_id, reason=reason
        )


def question_of(history: Sequence[Turn]) -> str:
    """What the customer said last."""
    return next((turn.text for turn in reversed(history) if turn.author == "customer"), "")


def search_text(history: Sequence[Turn]) -> str:
    """The last question, with the one before it where it is too short to stand alone ("And to Norway?")."""
    asked = [turn.text for turn in history if turn.author == "customer"]
    if len(asked) > 1 and len(asked[-1].split()) <= _SHORT_QUESTION_WORDS:
        return f"{asked[-2]}\n{asked[-1]}"
    return asked[-1] if asked else ""


def _may_pass(problem: Problem) -> bool:
    """If the same turn may go well a little later; wrong settings answer 503 too, but stay wrong."""
    is_down = isinstance(problem, Unavailable) and problem.problem_code == Unavailable.code
    return is_down or isinstance(problem, TooManyRequests)


def _message(turn: Turn) -> ChatMessage:
    return ChatMessage(role="user" if turn.author == "customer" else "assistant", content=turn.text)


def _passage(number: int, found: PassageFound) -> Passage:
    return Passage(
        number=number,
        text=found.text,
        title=found.title,
        page=found.page,
        section=" > ".join(found.section),
        score=found.score,
    )


def _instructions(definition: Definition, found: Sequence[PassageFound]) -> str:
    if found or not definition.knowledge_base_ids:
        return definition.instructions
    rule = _NOTHING_FOUND.format(fallback=definition.fallback or _PLAIN_FALLBACK)
    return f"{definition.instructions}\n\n{rule}".strip()
