"""What llm answers to other services."""

from agenthub.contracts.llm import CompletionRequest
from agenthub.kit.app.internal import InternalRoute
from agenthub.services.intelligence.llm.logic.completions import stream

routes = [InternalRoute("/internal/llm/stream", stream, CompletionRequest, streams=True)]
