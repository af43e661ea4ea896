"""The organization's own providers: connect, change, try and remove."""

import asyncio
from collections.abc import Sequence

import msgspec

from agenthub.kit.calls.outside import refuse_private
from agenthub.kit.context import Context
from agenthub.kit.db import UniqueViolatedError
from agenthub.kit.errors import Invalid, Misconfigured, Problem
from agenthub.kit.secrets.store import seal_secret
from agenthub.services.intelligence.llm.errors import ProviderNameTaken, ProviderNotFound
from agenthub.services.intelligence.llm.logic.connections import KEYLESS, Connections
from agenthub.services.intelligence.llm.models import (
    CHANGE_PROVIDER,
    LIST_PROVIDERS,
    PROVIDER_BY_ID,
    REMOVE_PROVIDER,
    ProviderRow,
    providers,
)
from agenthub.services.intelligence.llm.providers.port import ModelInfo
from agenthub.services.intelligence.llm.providers.registry import kinds
from agenthub.services.intelligence.llm.settings import LlmSettings

Ctx = Context[LlmSettings]
_LISTING_SECONDS = 5.0
_OPENAI_URL = "https://api.openai.com/v1"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A provider as it is entered; an absent key leaves the stored one, an empty one removes it."""

    name: str
    kind: str
    base_url: str
    api_key: str | None
    output_limit_parameter: str


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a provider answered, what it offers, and what to mend where it did not."""

    ok: bool
    ms: int
    models: tuple[str, ...] = ()
    detail: str = ""


async def list_providers(ctx: Ctx) -> list[ProviderRow]:
    return await ctx.db.all(LIST_PROVIDERS, ProviderRow)


async def find_provider(ctx: Ctx, provider_id: str) -> ProviderRow:
    row = await ctx.db.one(PROVIDER_BY_ID, ProviderRow, provider_id=provider_id)
    if row is None:
        raise ProviderNotFound(f"there is no provider {provider_id} in your organization")
    return row


async def connect_provider(ctx: Ctx, account: Account) -> ProviderRow:
    """Keep a new provider; nothing is sent to it."""
    row = await _row(ctx, account, ctx.new_id("prv"))
    try:
        await ctx.db.insert(providers, row)
    except UniqueViolatedError as problem:
        raise _taken(account.name) from problem
    return row


async def change_provider(ctx: Ctx, provider_id: str, account: Account) -> ProviderRow:
    """A key is only kept for the address that it was entered for."""
    known = await find_provider(ctx, provider_id)
    if known.sealed_key is not None and account.api_key is None and account.base_url != known.base_url:
        raise Invalid(
            "enter the api_key again: a stored key is not sent to another address",
            fields={"api_key": "needed with a new base_url"},
        )
    row = await _row(ctx, account, provider_id, known)
    try:
        await ctx.db.execute(
            CHANGE_PROVIDER,
            provider_id=provider_id,
            new_name=row.name,
            new_kind=row.kind,
            new_base_url=row.base_url,
            new_sealed_key=row.sealed_key,
            new_key_ending=row.key_ending,
            new_parameter=row.output_limit_parameter,
            now=row.updated_at,
        )
    except UniqueViolatedError as problem:
        raise _taken(account.name) from problem
    return row


async def remove_provider(ctx: Ctx, provider_id: str) -> None:
    if not await ctx.db.execute(REMOVE_PROVIDER, provider_id=provider_id):
        raise ProviderNotFound(f"there is no provider {provider_id} in your organization")


async def try_provider(ctx: Ctx, provider_id: str) -> Trial:
    """Ask the provider for its models; what it refuses is part of the result."""
    row = await find_provider(ctx, provider_id)
    clock = ctx.runtime.ports.clock
    began = clock.monotonic()
    try:
        provider = await ctx.use(Connections).connect(ctx, row)
        offered = await provider.models()
    except Problem as problem:
        return Trial(ok=False, ms=round((clock.monotonic() - began) * 1000), detail=problem.detail)
    names = tuple(f"{row.name}/{model.name}" for model in offered)
    return Trial(ok=True, ms=round((clock.monotonic() - began) * 1000), models=names)


async def list_models(ctx: Ctx) -> list[ModelInfo]:
    """Every model by the name that requests use; a provider that does not answer in 5 s is left out."""
    keyless = [ModelInfo(name=name, owner="agenthub") for name in KEYLESS]
    offered = await asyncio.gather(*(_models_of(ctx, row) for row in await list_providers(ctx)))
    return [*keyless, *(model for models in offered for model in models)]


async def _models_of(ctx: Ctx, row: ProviderRow) -> Sequence[ModelInfo]:
    try:
        provider = await ctx.use(Connections).connect(ctx, row)
        async with asyncio.timeout(_LISTING_SECONDS):
            models = await provider.models()
    except (Problem, TimeoutError) as problem:
        ctx.runtime.log.warning("models_not_listed", provider=row.name, reason=str(problem))
        return ()
    return [ModelInfo(name=f"{row.name}/{model.name}", owner=model.owner or row.name) for model in models]


async def _row(ctx: Ctx, account: Account, row_id: str, known: ProviderRow | None = None) -> ProviderRow:
    kind = account.kind.replace("-", "_")
    if kind in KEYLESS or kind not in kinds():
        offered = ", ".join(name for name in kinds() if name not in KEYLESS)
        raise Invalid(f"choose a kind among {offered}", fields={"kind": "unknown"})
    sealed, ending = (known.sealed_key, known.key_ending) if known else (None, "")
    base_url = _checked_url(ctx, account, kind)
    if account.api_key is not None:
        sealed, ending = None, account.api_key[-4:]
    if account.api_key:
        sealed = await seal_secret(ctx, account.api_key, table="providers", column="sealed_key", row=row_id)
    return ProviderRow(
        id=row_id,
        name=account.name,
        kind=kind,
        base_url=base_url,
        sealed_key=sealed,
        key_ending=ending,
        output_limit_parameter=account.output_limit_parameter,
        created_at=known.created_at if known else ctx.now(),
        updated_at=ctx.now(),
    )


def _checked_url(ctx: Ctx, account: Account, kind: str) -> str:
    base_url = account.base_url or (_OPENAI_URL if kind == "openai" else "")
    if not base_url:
        raise Invalid("enter the base_url of the provider", fields={"base_url": "missing"})
    try:
        refuse_private(base_url, ctx.settings.private_hosts)
    except Misconfigured as problem:
        raise Invalid(
            f"{problem.detail} (setting llm.private_provider_hosts)", fields={"base_url": "private address"}
        ) from problem
    return base_url


def _taken(name: str) -> ProviderNameTaken:
    return ProviderNameTaken(f"your organization has a provider named {name}; choose another name")
