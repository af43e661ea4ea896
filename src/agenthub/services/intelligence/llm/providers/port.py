"""What a provider of language models promises, and what it is given to connect with."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from typing import Literal, Self

import aiohttp
import msgspec

from agenthub.contracts.llm import CompletionRequest, StreamEvent


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """How long a provider may be silent, in seconds."""

    connect: float = 5.0
    """Until the connection stands."""
    first_token: float = 30.0
    """From sending the request to the first event of the answer."""
    idle: float = 60.0
    """Between two reads once the answer has begun."""
    whole: float = 300.0
    """From sending the request to its end."""


class ProviderAccount(msgspec.Struct, frozen=True, kw_only=True):
    """One configured access to a vendor."""

    name: str
    """What the operator calls it; error details use it."""
    base_url: str = ""
    """The address that the vendor's paths are appended to, version included."""
    api_key: str = ""
    """The credential; empty where the server asks for none."""
    timeouts: Timeouts = Timeouts()
    """Its limits of patience."""
    output_limit_parameter: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    """What the server calls the limit of output tokens; older compatible servers know `max_tokens` only."""


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A model that the account may use."""

    name: str
    """What a request's `model` says."""
    owner: str = ""
    """Who made it, where the vendor tells."""


class Provider(ABC):
    """Streams answers. Failures are Unavailable (trying again may help), Rejected or Misconfigured."""

    @classmethod
    @abstractmethod
    def connect(cls, account: ProviderAccount, session: aiohttp.ClientSession) -> Self:
        """Ready to use, without any I/O; the session stays its owner's to close."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What the operator calls this provider."""

    @abstractmethod
    def stream(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        """The answer as it comes: text and citations, one `Usage`, last `Finished`.

        Closing the generator, or cancelling the task that reads it, ends the work at the vendor at once.
        """

    @abstractmethod
    async def models(self) -> tuple[ModelInfo, ...]:
        """The models that this account may use."""
