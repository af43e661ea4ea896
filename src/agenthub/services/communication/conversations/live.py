"""Running answers, for those who watch: lossy and fast; the stored message is the truth."""

import asyncio

import msgspec

from agenthub.contracts.conversations import LiveAnswer, Running, RunningQuestion, live_topic
from agenthub.kit.errors import Unavailable
from agenthub.services.communication.conversations.logic import Unit
from agenthub.services.communication.conversations.models import Conversation

_KEPT_SECONDS = 120.0
# Faster than this nobody reads, and each piece costs every watcher a message.
_MOMENT_SECONDS = 0.04


class Writing:
    """One answer being written."""

    def __init__(self, ctx: Unit, conversation: Conversation, message_id: str) -> None:
        self._ports = ctx.runtime.ports
        self._log = ctx.runtime.log
        self._topic = live_topic(conversation.channel, conversation.thread)
        self._key = _key(ctx.organization_id, conversation.thread)
        self._message_id = message_id
        self._text = ""
        self._shown = 0
        self._timer: asyncio.Task[None] | None = None

    async def add(self, text: str) -> None:
        """Show the next words: the first at once, later ones together with what comes within a moment."""
        self._text += text
        if not self._shown:
            await self._show_rest()
        elif self._timer is None:
            self._timer = asyncio.create_task(self._show_soon())

    async def end(self) -> None:
        """Whatever became of it, nothing is being written any more."""
        if self._timer is not None:
            self._timer.cancel()
            await asyncio.gather(self._timer, return_exceptions=True)
        await self._show_rest()
        try:
            await self._ports.cache.delete(self._key)
        except Unavailable as problem:
            self._log.warning("running_answer_not_dropped", reason=problem.detail)

    async def _show_soon(self) -> None:
        await asyncio.sleep(_MOMENT_SECONDS)
        self._timer = None
        await self._show_rest()

    async def _show_rest(self) -> None:
        begin, self._shown = self._shown, len(self._text)
        if begin == self._shown:
            return
        await self._show(LiveAnswer(message_id=self._message_id, offset=begin, text=self._text[begin:]))
        whole = LiveAnswer(message_id=self._message_id, offset=0, text=self._text)
        try:
            await self._ports.cache.set(self._key, msgspec.json.encode(whole), _KEPT_SECONDS)
        except Unavailable as problem:
            self._log.warning("running_answer_not_kept", reason=problem.detail)

    async def _show(self, piece: LiveAnswer) -> None:
        try:
            await self._ports.feed.publish(self._topic, msgspec.json.encode(piece))
        except Unavailable as problem:
            self._log.warning("live_piece_lost", reason=problem.detail)


async def running(ctx: Unit, question: RunningQuestion) -> Running:
    """What is being written in this thread at the moment."""
    try:
        kept = await ctx.runtime.ports.cache.get(_key(ctx.organization_id, question.thread))
    except Unavailable:
        kept = None
    return Running(answers=[msgspec.json.decode(kept, type=LiveAnswer)] if kept else [])


def _key(organization_id: str, thread: str) -> str:
    return f"running:{organization_id}:{thread}"
