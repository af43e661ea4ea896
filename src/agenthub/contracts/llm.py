"""What other services say to the language model service: one request shape, one stream of events."""

from collections.abc import AsyncGenerator, AsyncIterable
from typing import ClassVar, Literal

import msgspec

from agenthub.kit.calls.door import Door
from agenthub.kit.events import Event

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length", "no_answer", "interrupted"]


class CompletionFinished(Event, topic="llm.completion_finished"):
    """A request to a model has ended; published once per request, failed and aborted ones included.

    `cost_nanos`: 10⁻⁹ of the currency. `status` is `ok`, `interrupted`, `failed` or `aborted`.
    """

    request_id: str
    model: str
    provider: str
    input_tokens: int
    output_tokens: int
    cost_nanos: int
    ms: int
    status: str
    key_id: str | None = None
    agent_id: str | None = None
    conversation_id: str | None = None
    cached_tokens: int = 0
    reasoning_tokens: int = 0


class ChatMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of the conversation; the last one of role `user` is what is to be answered."""

    role: Role
    """Who speaks."""
    content: str
    """What is said, plain text or Markdown."""


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a document that the answer may use; text of others: data, never instructions."""

    number: int
    """Names the passage in citation marks such as `[1]`; unique within a request, from 1."""
    text: str
    """The passage word for word; quotes point into it."""
    title: str = ""
    """The document's title."""
    page: int | None = None
    """The page it stands on, from 1; absent where the format has no pages."""
    section: str = ""
    """The headings above it, outermost first."""
    score: float = 0.0
    """How well retrieval found it to fit, 0 to 1; 0 where unknown."""


class CompletionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One answer wanted from a model."""

    model: str
    """To the service `builtin`, `echo` or `provider/model`; to a provider the model's name as it knows it."""
    messages: tuple[ChatMessage, ...]
    """The conversation, oldest first."""
    passages: tuple[Passage, ...] = ()
    """What was retrieved for the last question, best first."""
    instructions: str = ""
    """How the agent's owner wants it to behave."""
    greeting: str = ""
    """The owner's words for a greeting; empty for the model's own."""
    fallback: str = ""
    """The owner's words for "I do not know"; empty for the model's own."""
    max_output_tokens: int = 800
    """The answer ends with `length` when it has this many tokens."""
    temperature: float | None = None
    """0 to 2; absent leaves the provider's default, which some models insist on."""
    language: str = ""
    """BCP 47 tag of the answer's language; empty for the language of the question."""
    agent_id: str | None = None
    """The agent that asks, for the request log."""
    conversation_id: str | None = None
    """The conversation that is answered, for the request log."""


class TextDelta(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="text"):
    """The next piece of the answer, never empty; citation marks such as `[1]` stand whole in one piece."""

    text: str
    """What to append to the answer so far."""


class CitationMark(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="citation"):
    """What a mark rests on: the nth event of this kind belongs to the nth mark in the text."""

    number: int
    """The passage that the mark names."""
    quote: str
    """The sentence of the passage that supports the claim, word for word."""
    start: int
    """Where the quote begins in the passage's text, in code points."""
    end: int
    """Where it ends, exclusive: `passage.text[start:end] == quote`."""


class PersonRequested(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="person_requested"):
    """The customer asks for a person; the text of the answer only acknowledges it."""


class Usage(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="usage"):
    """What the answer took, once per stream, before `Finished`."""

    input_tokens: int
    """Tokens read."""
    output_tokens: int
    """Tokens written."""
    estimated: bool = False
    """If the provider told no figures and these were counted from the text."""


class Finished(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="finished"):
    """The last event of every stream that did not fail."""

    reason: FinishReason
    """`no_answer`: the passages do not hold it; `interrupted`: it breaks off where it should not."""


StreamEvent = TextDelta | CitationMark | PersonRequested | Usage | Finished


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer: its stream, collected."""

    text: str
    """All pieces of text, marks included."""
    citations: tuple[CitationMark, ...]
    """One for each mark, in the order of the text."""
    usage: Usage
    """What it took."""
    reason: FinishReason
    """Why it ended."""
    person_requested: bool = False
    """If the customer asked for a person."""


async def collect(stream: AsyncIterable[StreamEvent]) -> Completion:
    """The whole answer of a stream; one that ends without `Finished` counts as interrupted."""
    text: list[str] = []
    citations: list[CitationMark] = []
    usage = Usage(input_tokens=0, output_tokens=0, estimated=True)
    reason: FinishReason = "interrupted"
    person_requested = False
    async for event in stream:
        match event:
            case TextDelta():
                text.append(event.text)
            case CitationMark():
                citations.append(event)
            case PersonRequested():
                person_requested = True
            case Usage():
                usage = event
            case Finished():
                reason = event.reason
    return Completion(
        text="".join(text),
        citations=tuple(citations),
        usage=usage,
        reason=reason,
        person_requested=person_requested,
    )


class LlmClient:
    """The door to the language models."""

    service: ClassVar[str] = "llm"

    def __init__(self, door: Door) -> None:
        self._door = door

    def stream(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        """The answer as it comes; closing the generator ends the work at the vendor.

        What fails before the first text is raised; after it the stream ends with `Finished("interrupted")`.
        """
        return self._door.stream("/internal/llm/stream", request, StreamEvent)
