"""A request's text in word pieces, the tokens of models that have no tokenizer of their own."""

import re
from collections.abc import Iterable

from agenthub.contracts.llm import CompletionRequest

_PIECE = re.compile(r"\s*\S+|\s+")
_BYTES_PER_TOKEN = 4


def word_pieces(text: str) -> list[str]:
    """Each word with the white space before it; joined they are the text."""
    return _PIECE.findall(text)


def input_pieces(request: CompletionRequest) -> int:
    """How many word pieces a model is given to read."""
    return sum(len(text.split()) for text in _texts(request))


def estimated_tokens(text: str) -> int:
    """A rough count for vendors that tell none: four bytes of UTF-8 a token, at least one a text."""
    return -(-len(text.encode()) // _BYTES_PER_TOKEN)


def estimated_input_tokens(request: CompletionRequest) -> int:
    return sum(estimated_tokens(text) for text in _texts(request))


def _texts(request: CompletionRequest) -> Iterable[str]:
    yield request.instructions
    for message in request.messages:
        yield message.content
    for passage in request.passages:
        yield passage.text


def last_user_message(request: CompletionRequest) -> str:
    """What is to be answered; empty where nobody asked."""
    return next((turn.content for turn in reversed(request.messages) if turn.role == "user"), "")
