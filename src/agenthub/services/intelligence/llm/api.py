"""Routes by which an organization connects its own model providers."""

from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, TypeAdapter, field_validator

from agenthub.kit.app.routes import Router, context
from agenthub.kit.auth.access import needs
from agenthub.kit.context import Context
from agenthub.services.intelligence.llm.logic import accounts
from agenthub.services.intelligence.llm.logic.connections import KEYLESS
from agenthub.services.intelligence.llm.models import ProviderRow
from agenthub.services.intelligence.llm.settings import LlmSettings

router = Router(tags=["llm"])
Ctx = Annotated[Context[LlmSettings], Depends(context)]
_MANAGE = needs("llm:manage")
_address = TypeAdapter(HttpUrl)


class ProviderIn(BaseModel):
    """A provider to connect; models are then named `name/model`."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern="^[a-z0-9][a-z0-9-]{0,39}$", description="Begins the names of its models.")
    kind: str = Field("openai-compatible", max_length=40, description="openai or openai-compatible.")
    base_url: str = Field("", max_length=500, description="Address that the vendor's paths are appended to.")
    api_key: str | None = Field(
        None, max_length=1000, description="Credential; absent in a change keeps the stored one."
    )
    output_limit_parameter: Literal["max_completion_tokens", "max_tokens"] = Field(
        "max_completion_tokens", description="What the server calls the limit of output tokens."
    )

    @field_validator("name")
    @classmethod
    def _is_free(cls, name: str) -> str:
        if name in KEYLESS:
            raise ValueError("this name belongs to a model of the product")
        return name

    @field_validator("base_url")
    @classmethod
    def _is_plain_address(cls, url: str) -> str:
        if not url:
            return url
        parsed = _address.validate_python(url)
        if parsed.username or parsed.password or parsed.query or parsed.fragment:
            raise ValueError("must hold no credentials, query or fragment")
        return url

    def account(self) -> accounts.Account:
        """The shape that logic knows."""
        return accounts.Account(**self.model_dump())


class ProviderOut(BaseModel):
    """A connected provider; of its key only the end is told."""

    id: str
    name: str
    kind: str
    base_url: str
    key_ending: str
    output_limit_parameter: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: ProviderRow) -> Self:
        return cls.model_validate(row, from_attributes=True)


class ProviderList(BaseModel):
    """All of them: there are few."""

    items: list[ProviderOut]
    next_cursor: str | None = None


class TrialOut(BaseModel):
    """What a test call found."""

    ok: bool
    ms: int
    models: tuple[str, ...]
    detail: str


@router.get("/api/llm/providers", openapi_extra=_MANAGE)
async def list_providers(ctx: Ctx) -> ProviderList:
    return ProviderList(items=[ProviderOut.of(row) for row in await accounts.list_providers(ctx)])


@router.post("/api/llm/providers", status_code=201, openapi_extra=_MANAGE)
async def connect_provider(ctx: Ctx, body: ProviderIn) -> ProviderOut:
    return ProviderOut.of(await accounts.connect_provider(ctx, body.account()))


@router.put("/api/llm/providers/{provider_id}", openapi_extra=_MANAGE)
async def change_provider(ctx: Ctx, provider_id: str, body: ProviderIn) -> ProviderOut:
    return ProviderOut.of(await accounts.change_provider(ctx, provider_id, body.account()))


@router.delete("/api/llm/providers/{provider_id}", status_code=204, openapi_extra=_MANAGE)
async def remove_provider(ctx: Ctx, provider_id: str) -> None:
    await accounts.remove_provider(ctx, provider_id)


@router.post("/api/llm/providers/{provider_id}/test", openapi_extra=_MANAGE)
async def try_provider(ctx: Ctx, provider_id: str) -> TrialOut:
    return TrialOut.model_validate(await accounts.try_provider(ctx, provider_id), from_attributes=True)
