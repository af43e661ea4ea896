"""Agents through their life: draft, versions, release, channels, the end."""

import asyncio
from typing import Any

import msgspec
import pytest

from agenthub.contracts.agents import AgentCreated, AgentDeleted, AgentPublished
from agenthub.contracts.channels import ChannelConnected
from agenthub.contracts.organizations import OrganizationCreated
from agenthub.kit.testing import Answer, Running
from agenthub.services.intelligence.agents.service import service
from tests.services.agents.conftest import DEFINITION, TEXT, Knowledge, Llm, door, person


async def create(running: Running, by: str = "org_a", **fields: Any) -> Answer:
    body = {**DEFINITION, **fields}
    return await running.request("POST", "/api/agents/create", by=person(by), json=body)


async def publish(running: Running, agent_id: str, message: str = "Next") -> Answer:
    path = f"/api/agents/{agent_id}/publish"
    return await running.request("POST", path, by=person(), json={"message": message})


async def test_a_new_agent_is_a_draft_with_an_etag(agents: Running) -> None:
    made = await create(agents)
    assert (made.status, made.headers["etag"]) == (201, '"1"')
    agent = made.json()
    assert (agent["state"], agent["model"], agent["threshold"], agent["version_id"]) == (
        "draft",
        "builtin",
        0.35,
        None,
    )
    listed = (await agents.request("GET", "/api/agents", by=person())).json()
    assert listed == {"items": [agent], "next_cursor": None}
    await agents.settled()
    (event,) = agents.published
    assert event == AgentCreated(organization_id="org_a", agent_id=agent["id"], created_by="usr_org_a")


@pytest.mark.parametrize("by", ["org_a", "org_b"])
async def test_a_slug_belongs_to_one_agent_of_the_installation(agents: Running, by: str) -> None:
    await create(agents)
    refused = await create(agents, by)
    assert (refused.status, refused.json()["code"]) == (409, "slug_taken")
    other = (await create(agents, by, slug="other")).json()["id"]
    renamed = await agents.request("PUT", f"/api/agents/{other}", by=person(by), json={"slug": "fern"})
    assert renamed.status == 409


@pytest.mark.parametrize("slug", ["ab", "a" * 41, "Fern", "fern_1", "-fern", "fern--1", "ferñ"])
async def test_a_slug_that_is_no_address_is_refused(agents: Running, slug: str) -> None:
    refused = await create(agents, slug=slug)
    assert refused.status == 422
    assert "slug" in refused.json()["fields"]


async def test_a_change_touches_only_what_is_sent_and_not_what_is_published(
    agents: Running, agent_id: str, llm: Llm
) -> None:
    path = f"/api/agents/{agent_id}"
    changed = await agents.request(
        "PUT", path, by=person(), json={"fallback": "Ask my colleague."}, headers={"if-match": '"1"'}
    )
    assert (changed.status, changed.headers["etag"]) == (200, '"2"')
    assert (changed.json()["fallback"], changed.json()["greeting"]) == ("Ask my colleague.", "Hello!")
    await agents.request("POST", f"{path}/chat", by=person(), json={"message": "How long?"})
    assert llm.asked[-1]["fallback"] == "I do not know that."
    stale = await agents.request("PUT", path, by=person(), json={}, headers={"if-match": '"1"'})
    assert (stale.status, stale.json()["code"]) == (412, "stale")


async def test_publishing_makes_the_next_version_and_says_so(agents: Running, agent_id: str) -> None:
    second = (await publish(agents, agent_id, "Better words")).json()
    listed = await agents.request("GET", f"/api/agents/{agent_id}/versions", by=person())
    assert [version["number"] for version in listed.json()["items"]] == [2, 1]
    assert listed.json()["items"][0] == second
    await agents.settled()
    event = agents.published[-1]
    assert event == AgentPublished(
        organization_id="org_a",
        agent_id=agent_id,
        version_id=second["id"],
        environment="production",
        weights={second["id"]: 100},
        name="Fern",
        slug="fern",
        greeting="Hello!",
        suggestions=("How long do I have?",),
    )


async def test_publishing_needs_a_message(agents: Running, agent_id: str) -> None:
    assert (await publish(agents, agent_id, "")).status == 422


async def test_rolling_back_changes_the_next_answer(agents: Running, agent_id: str, llm: Llm) -> None:
    path = f"/api/agents/{agent_id}"
    await agents.request("PUT", path, by=person(), json={"greeting": "Good day!"})
    second = (await publish(agents, agent_id)).json()
    back = await agents.request("POST", f"{path}/rollback", by=person())
    assert (back.status, back.json()["number"]) == (200, 1)
    await agents.request("POST", f"{path}/chat", by=person(), json={"message": "Hi"})
    assert llm.asked[-1]["greeting"] == "Hello!"
    await agents.settled()
    released = [event for event in agents.published if isinstance(event, AgentPublished)]
    assert released[-1].rollback_of == second["id"]
    nowhere = await agents.request("POST", f"{path}/rollback", by=person())
    assert (nowhere.status, nowhere.json()["code"]) == (404, "version_not_found")


async def test_a_deleted_agent_is_gone_with_its_bindings(agents: Running, agent_id: str) -> None:
    await agents.hear(connected(agent_id))
    gone = await agents.request("DELETE", f"/api/agents/{agent_id}", by=person())
    assert gone.status == 204
    assert (await agents.request("GET", f"/api/agents/{agent_id}", by=person())).status == 404
    assert await door(agents).resolve("webchat", "site_1") is None
    assert AgentDeleted(organization_id="org_a", agent_id=agent_id) in agents.published


async def test_what_belongs_to_others_is_not_there(agents: Running, agent_id: str) -> None:
    for method, rest, body in (
        ("GET", "", None),
        ("PUT", "", {}),
        ("DELETE", "", None),
        ("POST", "/publish", {"message": "Mine"}),
        ("POST", "/chat", {"message": "Hello"}),
        ("GET", "/runs", None),
        ("GET", "/versions", None),
    ):
        answer = await agents.request(method, f"/api/agents/{agent_id}{rest}", by=person("org_b"), json=body)
        assert answer.status == 404, (method, rest)


async def test_a_permission_that_is_missing_is_named(agents: Running, agent_id: str) -> None:
    viewer = person("org_a", "run")
    refused = await agents.request("DELETE", f"/api/agents/{agent_id}", by=viewer)
    assert (refused.status, refused.json()["permission"]) == (403, "agents:delete")


async def test_an_account_made_for_an_agent_is_answered_by_it(agents: Running, agent_id: str) -> None:
    await agents.hear(connected(agent_id))
    await agents.hear(connected(agent_id))
    assert await door(agents).resolve("webchat", "site_1") == agent_id
    assert await door(agents).resolve("webchat", "site_2") is None
    assert await door(agents, "org_b").resolve("webchat", "site_1") is None


async def test_a_draft_is_bound_but_does_not_answer_yet(agents: Running) -> None:
    made = (await create(agents)).json()["id"]
    await agents.hear(connected(made))
    assert await door(agents).resolve("webchat", "site_1") is None
    await publish(agents, made)
    assert await door(agents).resolve("webchat", "site_1") == made


async def test_chat_answers_whole_or_as_events(agents: Running, agent_id: str) -> None:
    path = f"/api/agents/{agent_id}/chat"
    whole = await agents.request("POST", path, by=person(), json={"message": "How long?"})
    assert (whole.status, whole.json()["text"]) == (200, "Returns are free for 45 days. [1]")
    assert whole.json()["citations"][0]["quote"] in TEXT
    streamed = await agents.request(
        "POST", path, by=person(), json={"message": "How long?"}, headers={"accept": "text/event-stream"}
    )
    assert streamed.headers["content-type"].startswith("text/event-stream")
    events = [part.split("\n") for part in streamed.text.strip().split("\n\n")]
    assert [name for name, _ in events] == [
        "event: piece",
        "event: piece",
        "event: piece",
        "event: cited",
        "event: finished",
    ]
    last = msgspec.json.decode(events[-1][1].removeprefix("data: "))
    assert last["text"] == whole.json()["text"]


async def test_chat_says_that_a_service_is_down_before_it_streams(
    agents: Running, agent_id: str, knowledge: Knowledge
) -> None:
    knowledge.fails = 1
    answer = await agents.request(
        "POST",
        f"/api/agents/{agent_id}/chat",
        by=person(),
        json={"message": "How long?"},
        headers={"accept": "text/event-stream"},
    )
    assert (answer.status, answer.json()["code"]) == (503, "unavailable")


async def test_runs_come_in_pages_newest_first(agents: Running, agent_id: str) -> None:
    for question in ("One?", "Two?", "Three?"):
        await agents.request("POST", f"/api/agents/{agent_id}/chat", by=person(), json={"message": question})
    path = f"/api/agents/{agent_id}/runs?limit=2"
    first = (await agents.request("GET", path, by=person())).json()
    rest = (await agents.request("GET", f"{path}&cursor={first['next_cursor']}", by=person())).json()
    asked = [run["question"] for run in (*first["items"], *rest["items"])]
    assert asked == ["Three?", "Two?", "One?"]
    assert rest["next_cursor"] is None


async def test_a_new_organization_begins_with_the_sample_agent(agents: Running, knowledge: Knowledge) -> None:
    await agents.hear(founded("org_a"))
    await agents.hear(founded("org_a"))
    (agent,) = (await agents.request("GET", "/api/agents", by=person())).json()["items"]
    assert (agent["name"], agent["slug"], agent["state"]) == ("Fern", "fern", "published")
    assert agent["knowledge_base_ids"] == list(knowledge.bases.values())
    assert len(knowledge.texts) == 6
    await agents.hear(founded("org_b"))
    (other,) = (await agents.request("GET", "/api/agents", by=person("org_b"))).json()["items"]
    assert other["slug"].startswith("fern-")


async def test_a_sample_that_was_broken_off_is_finished_without_doing_anything_twice(
    agents: Running, knowledge: Knowledge
) -> None:
    knowledge.fails_after = 3
    waiting = asyncio.create_task(agents.hear(founded("org_a")))
    while len(knowledge.asked) <= 3:
        await asyncio.sleep(0.01)
    knowledge.fails_after = 10_000
    while not (await agents.request("GET", "/api/agents", by=person())).json()["items"]:
        agents.runtime.jobs.wake()
        await asyncio.sleep(0.05)
    await waiting
    assert (len(knowledge.bases), len(knowledge.texts)) == (1, 6)


async def test_the_sample_can_be_switched_off(start: Any, knowledge: Knowledge, llm: Llm) -> None:
    others = {"knowledge": knowledge, "llm": llm}
    async with start(service, settings={"offer_sample": False}, others=others) as running:
        await running.hear(founded("org_a"))
        assert (await running.request("GET", "/api/agents", by=person())).json()["items"] == []


def connected(agent_id: str) -> ChannelConnected:
    return ChannelConnected(
        organization_id="org_a", channel="webchat", account_id="site_1", name="Site", for_agent_id=agent_id
    )


def founded(organization_id: str) -> OrganizationCreated:
    return OrganizationCreated(organization_id=organization_id, name="Acme", owner_id="usr_1")
