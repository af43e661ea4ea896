"""A client that sends the same message again and again gets the same answer, and the message is there once."""

import asyncio
from typing import Any

import pytest

from agenthub.contracts.channels import MessageReceived
from agenthub.services.communication.webchat.service import service
from tests.services.conftest import Start, engine, ports, start
from tests.services.webchat.test_visitor import OTHERS, arrive, poll, published, send

__all__ = ["engine", "ports", "start"]


@pytest.mark.parametrize(("rounds", "at_once"), [(10, 1), (1, 50)])
async def test_the_same_message_sent_many_times_is_kept_announced_and_numbered_once(
    start: Start, rounds: int, at_once: int
) -> None:
    async with start(service, others=OTHERS, settings={"messages_per_minute": 1000}) as running:
        await running.hear(published())
        session = await arrive(running)
        answers: list[Any] = []
        for _ in range(rounds):
            answers += await asyncio.gather(
                *(send(running, session, "Once?", "client-0001") for _ in range(at_once))
            )
        assert {(answer.status, answer.json().get("seq")) for answer in answers} == {(202, 1)}
        assert [event["text"] for event in await poll(running, session)] == ["Once?"]
        await running.settled()
        heard = [event for event in running.published if isinstance(event, MessageReceived)]
        assert [event.external_id for event in heard] == ["client-0001"]
