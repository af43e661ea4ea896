"""An organization's own providers."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from agenthub.kit.auth.principal import Principal
from agenthub.kit.testing import Answer, Running
from agenthub.sandbox.openai import OpenAISandbox
from agenthub.services.intelligence.llm.models import LIST_PROVIDERS, ProviderRow
from agenthub.services.intelligence.llm.service import service

PATH = "/api/llm/providers"


def owner(organization_id: str = "org_a") -> Principal:
    return Principal(
        kind="user", id="usr", organization_id=organization_id, permissions=frozenset({"llm:manage"})
    )


@pytest.fixture
async def sandbox() -> AsyncIterator[OpenAISandbox]:
    async with OpenAISandbox(api_key="sk-secret-1234") as sandbox:
        yield sandbox


@pytest.fixture
async def llm(start: Any) -> AsyncIterator[Running]:
    async with start(service, settings={"private_provider_hosts": "127.0.0.1"}) as running:
        yield running


async def connect(running: Running, by: str = "org_a", **fields: Any) -> Answer:
    body = {"name": "acme", "base_url": "https://api.acme.example/v1", "api_key": "sk-secret-1234", **fields}
    return await running.request("POST", PATH, by=owner(by), json=body)


async def stored(running: Running) -> ProviderRow:
    async with running.runtime.own_unit("org_a") as ctx:
        row: ProviderRow | None = await ctx.db.one(LIST_PROVIDERS, ProviderRow)
        assert row is not None
        return row


async def test_a_key_is_sealed_and_only_its_end_is_told(llm: Running) -> None:
    made = await connect(llm)
    assert (made.status, made.json()["key_ending"]) == (201, "1234")
    assert b"sk-secret" not in made.body
    row = await stored(llm)
    assert row.sealed_key is not None
    assert b"sk-secret" not in row.sealed_key


async def test_a_test_call_lists_the_models_with_the_stored_key(llm: Running, sandbox: OpenAISandbox) -> None:
    made = (await connect(llm, base_url=sandbox.base_url)).json()
    trial = (await llm.request("POST", f"{PATH}/{made['id']}/test", by=owner())).json()
    assert trial["ok"] is True
    assert "acme/gpt-4o-mini" in trial["models"]


async def test_a_test_call_says_what_to_mend(llm: Running, sandbox: OpenAISandbox) -> None:
    made = (await connect(llm, base_url=sandbox.base_url, api_key="sk-wrong")).json()
    trial = (await llm.request("POST", f"{PATH}/{made['id']}/test", by=owner())).json()
    assert trial["ok"] is False
    assert "api_key" in trial["detail"]


async def test_a_change_without_a_key_keeps_it_for_the_same_address_only(
    llm: Running, sandbox: OpenAISandbox
) -> None:
    made = (await connect(llm, base_url=sandbox.base_url)).json()
    path = f"{PATH}/{made['id']}"
    body = {"name": "renamed", "base_url": sandbox.base_url}
    changed = await llm.request("PUT", path, by=owner(), json=body)
    assert (changed.status, changed.json()["name"], changed.json()["key_ending"]) == (200, "renamed", "1234")
    assert (await llm.request("POST", f"{path}/test", by=owner())).json()["ok"] is True
    moved = await llm.request(
        "PUT", path, by=owner(), json={"name": "renamed", "base_url": "https://thief.example/v1"}
    )
    assert moved.status == 422
    assert "api_key" in moved.json()["fields"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"base_url": "http://169.254.169.254/v1"}, "base_url"),
        ({"base_url": "http://localhost:11434/v1"}, "base_url"),
        ({"base_url": "http://10.0.0.1/v1"}, "base_url"),
        ({"base_url": "https://me:pass@acme.example/v1"}, "base_url"),
        ({"base_url": "file:///etc/passwd"}, "base_url"),
        ({"base_url": ""}, "base_url"),
        ({"name": "builtin"}, "name"),
        ({"name": "Has/Slash"}, "name"),
        ({"kind": "echo"}, "kind"),
        ({"kind": "nonsense"}, "kind"),
    ],
)
async def test_what_cannot_be_connected_is_refused(llm: Running, fields: dict[str, Any], field: str) -> None:
    refused = await connect(llm, **fields)
    assert refused.status == 422
    assert field in refused.json()["fields"]


async def test_a_name_is_taken_once_in_an_organization(llm: Running) -> None:
    await connect(llm)
    again = await connect(llm)
    assert (again.status, again.json()["code"]) == (409, "provider_name_taken")
    assert (await connect(llm, "org_b")).status == 201


async def test_a_removed_provider_is_gone(llm: Running) -> None:
    path = f"{PATH}/{(await connect(llm)).json()['id']}"
    assert (await llm.request("DELETE", path, by=owner("org_b"))).status == 404
    assert (await llm.request("DELETE", path, by=owner())).status == 204
    assert (await llm.request("DELETE", path, by=owner())).status == 404
    assert (await llm.request("GET", PATH, by=owner())).json()["items"] == []


async def test_the_permission_is_needed(llm: Running) -> None:
    viewer = Principal(kind="user", id="usr", organization_id="org_a")
    assert (await llm.request("GET", PATH, by=viewer)).status == 403
