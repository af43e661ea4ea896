"""Routes by which people keep their agents and talk with them."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import msgspec
from fastapi import Depends, Header, Response

from agenthub.contracts.agents import AnswerEvent, AnswerFinished, Turn, TurnRequest
from agenthub.kit.app.routes import Router, context
from agenthub.kit.app.streams import EVENT_STREAM, server_sent, streamed
from agenthub.kit.auth.access import needs
from agenthub.kit.context import Context
from agenthub.kit.errors import Problem, Unavailable
from agenthub.kit.pages import Page, PageParams, Paging, decode_cursor
from agenthub.kit.tracing import current_request_id
from agenthub.services.intelligence.agents.errors import DraftChanged
from agenthub.services.intelligence.agents.logic import drafts, releases
from agenthub.services.intelligence.agents.logic.turns import list_runs, take_turn
from agenthub.services.intelligence.agents.models import AgentRow
from agenthub.services.intelligence.agents.settings import AgentsSettings
from agenthub.services.intelligence.agents.shapes import (
    AgentChange,
    AgentIn,
    AgentOut,
    ChatIn,
    PublishIn,
    RollBackIn,
    RunOut,
    VersionList,
    VersionOut,
)

router = Router(tags=["agents"])
Ctx = Annotated[Context[AgentsSettings], Depends(context)]
_READ = needs("agents:run")
_PUBLISH = needs("agents:publish")


@router.get("/api/agents", openapi_extra=_READ)
async def list_agents(ctx: Ctx, page: Paging) -> Page[AgentOut]:
    rows = await drafts.list_agents(ctx, _before(page), page.limit + 1)
    return Page[AgentOut].of([AgentOut.of(row) for row in rows], page.limit, lambda agent: (agent.id,))


@router.post("/api/agents/create", status_code=201, openapi_extra=needs("agents:create"))
async def create_agent(ctx: Ctx, body: AgentIn, response: Response) -> AgentOut:
    row = await drafts.create_agent(ctx, body.name, body.slug, body.definition(), owner_id=ctx.caller.id)
    return _tagged(row, response)


@router.get("/api/agents/{agent_id}", openapi_extra=_READ)
async def show_agent(ctx: Ctx, agent_id: str, response: Response) -> AgentOut:
    return _tagged(await drafts.find_agent(ctx, agent_id), response)


@router.put("/api/agents/{agent_id}", openapi_extra=needs("agents:edit"))
async def change_agent(
    ctx: Ctx,
    agent_id: str,
    body: AgentChange,
    response: Response,
    if_match: Annotated[str | None, Header()] = None,
) -> AgentOut:
    """Change the draft; what is published stays as it is."""
    row = await drafts.find_agent(ctx, agent_id)
    if if_match not in {None, "*", _etag(row)}:
        raise DraftChanged("read the agent again and repeat your change")
    definition = body.applied_to(row.draft())
    changed = await drafts.save_draft(ctx, row, body.name or row.name, body.slug or row.slug, definition)
    return _tagged(changed, response)


@router.delete("/api/agents/{agent_id}", status_code=204, openapi_extra=needs("agents:delete"))
async def delete_agent(ctx: Ctx, agent_id: str) -> None:
    await drafts.delete_agent(ctx, agent_id)


@router.post("/api/agents/{agent_id}/publish", openapi_extra=_PUBLISH)
async def publish(ctx: Ctx, agent_id: str, body: PublishIn) -> VersionOut:
    return VersionOut.of(await releases.publish(ctx, agent_id, body.message, author=ctx.caller.id))


@router.get("/api/agents/{agent_id}/versions", openapi_extra=_READ)
async def list_versions(ctx: Ctx, agent_id: str) -> VersionList:
    return VersionList(items=[VersionOut.of(row) for row in await releases.list_versions(ctx, agent_id)])


@router.post("/api/agents/{agent_id}/rollback", openapi_extra=_PUBLISH)
async def roll_back(ctx: Ctx, agent_id: str, body: RollBackIn | None = None) -> VersionOut:
    return VersionOut.of(await releases.roll_back(ctx, agent_id, body.number if body else None))


@router.post("/api/agents/{agent_id}/chat", openapi_extra=_READ, response_model=None)
async def chat(
    ctx: Ctx, agent_id: str, body: ChatIn, accept: Annotated[str, Header()] = "application/json"
) -> Response:
    """The answer: as server-sent events `piece`, `cited`, `finished` when asked for, else whole."""
    said = [Turn(author=turn.author, text=turn.text) for turn in body.history]
    request = TurnRequest(
        agent_id=agent_id,
        turn_id=ctx.new_id("turn"),
        conversation_id=body.conversation_id or ctx.new_id("conv"),
        history=[*said, Turn(author="customer", text=body.message)],
        language=body.language,
    )
    events = take_turn(ctx, request)
    if EVENT_STREAM in accept:
        return await streamed(_sent(events))
    return Response(msgspec.json.encode(await _whole(events)), media_type="application/json")


@router.get("/api/agents/{agent_id}/runs", openapi_extra=needs("agents:edit"))
async def show_runs(ctx: Ctx, agent_id: str, page: Paging) -> Page[RunOut]:
    """The agent's turns, newest first."""
    rows = await list_runs(ctx, agent_id, _before(page), page.limit + 1)
    return Page[RunOut].of([RunOut.of(row) for row in rows], page.limit, lambda run: (run.id,))


async def _sent(events: AsyncGenerator[AnswerEvent, None]) -> AsyncGenerator[bytes, None]:
    """Each event under its own name; what fails after the first is an event `problem`."""
    begun = False
    try:
        async with aclosing(events):
            async for event in events:
                yield server_sent(event, event=str(event.__struct_config__.tag))
                begun = True
    except Problem as problem:
        if not begun:
            raise
        yield server_sent(problem.body(current_request_id()), event="problem")


async def _whole(events: AsyncGenerator[AnswerEvent, None]) -> AnswerFinished:
    async with aclosing(events):
        async for event in events:
            if isinstance(event, AnswerFinished):
                return event
    raise Unavailable("the answer broke off; ask again")


def _before(page: PageParams) -> str | None:
    return decode_cursor(page.cursor, str)[0] if page.cursor else None


def _etag(row: AgentRow) -> str:
    return f'"{row.revision}"'


def _tagged(row: AgentRow, response: Response) -> AgentOut:
    response.headers["etag"] = _etag(row)
    return AgentOut.of(row)
