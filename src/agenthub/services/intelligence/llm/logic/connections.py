"""From a model's name to the provider that answers under it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Literal, cast

import aiohttp
import msgspec

from agenthub.kit.calls.outside import outside_session, refuse_private
from agenthub.kit.context import Context
from agenthub.kit.runtime import Runtime
from agenthub.kit.secrets.store import open_secret
from agenthub.services.intelligence.llm.errors import ModelNotFound, TooManyCompletions
from agenthub.services.intelligence.llm.models import PROVIDER_BY_NAME, ProviderRow
from agenthub.services.intelligence.llm.providers.port import Provider, ProviderAccount
from agenthub.services.intelligence.llm.providers.registry import provider_class
from agenthub.services.intelligence.llm.settings import LlmSettings

KEYLESS = ("builtin", "echo")
"""The models that every organization has, without an account anywhere."""


class Chosen(msgspec.Struct, frozen=True):
    """A provider, and the model's name as that provider knows it."""

    provider: Provider
    model: str


class Connections:
    """The session to vendors, the keyless providers, and the count of answers being written."""

    def __init__(self, session: aiohttp.ClientSession, settings: LlmSettings) -> None:
        self._session = session
        self._hosts = settings.private_hosts
        self._limit = settings.parallel_requests
        self._busy = 0
        self._keyless = {
            kind: provider_class(kind).connect(ProviderAccount(name=kind), session) for kind in KEYLESS
        }

    @contextmanager
    def place(self) -> Iterator[None]:
        """One of the places for answers; TooManyCompletions when all are taken."""
        if self._busy >= self._limit:
            raise TooManyCompletions(
                f"{self._limit} answers are being written; try again in a moment", retry_after=1
            )
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1

    async def choose(self, ctx: Context[LlmSettings], model: str) -> Chosen:
        """The provider behind `builtin`, `echo` or `provider/model`; ModelNotFound says what there is."""
        if model in self._keyless:
            return Chosen(self._keyless[model], model)
        name, _, rest = model.partition("/")
        row = await ctx.db.one(PROVIDER_BY_NAME, ProviderRow, provider_name=name) if rest else None
        if row is None:
            raise ModelNotFound(
                f"there is no model {model!r}; use builtin, or provider/model with a provider that you connected"
            )
        return Chosen(await self.connect(ctx, row), rest)

    async def connect(self, ctx: Context[LlmSettings], row: ProviderRow) -> Provider:
        """The provider of a row, with its key opened; costs no I/O to the vendor."""
        refuse_private(row.base_url, self._hosts)
        parameter = cast("Literal['max_completion_tokens', 'max_tokens']", row.output_limit_parameter)
        account = ProviderAccount(
            name=row.name,
            base_url=row.base_url,
            api_key=await _key_of(ctx, row),
            output_limit_parameter=parameter,
        )
        return provider_class(row.kind).connect(account, self._session)


async def _key_of(ctx: Context[LlmSettings], row: ProviderRow) -> str:
    if row.sealed_key is None:
        return ""
    return await open_secret(ctx, row.sealed_key, table="providers", column="sealed_key", row=row.id)


@asynccontextmanager
async def open_connections(runtime: Runtime) -> AsyncIterator[Connections]:
    """The service's resource."""
    settings = cast("LlmSettings", runtime.settings)
    async with outside_session(settings.private_hosts) as session:
        yield Connections(session, settings)
