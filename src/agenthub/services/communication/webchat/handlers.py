"""What web chat does when it hears of something."""

import msgspec

from agenthub.contracts.agents import AgentPublished
from agenthub.contracts.channels import ChannelConnected, DeliveryChanged
from agenthub.contracts.conversations import ReplyReady
from agenthub.services.communication.webchat import models, thread
from agenthub.services.communication.webchat.models import Account
from agenthub.services.communication.webchat.visitor import Unit


async def refresh_agent(ctx: Unit, event: AgentPublished) -> None:
    """Open the chat of a newly published agent, or show what changed."""
    known = await ctx.db.one(models.ACCOUNT_OF_AGENT, Account, agent=event.agent_id)
    account_id = known.id if known else ctx.new_id("chan")
    await ctx.db.execute(
        models.KEEP_ACCOUNT,
        id=account_id,
        slug=event.slug,
        agent_id=event.agent_id,
        name=event.name,
        greeting=event.greeting,
        suggestions=list(event.suggestions),
        created_at=ctx.now(),
    )
    if known is None:
        ctx.publish(
            ChannelConnected(
                channel=thread.CHANNEL, account_id=account_id, name=event.name, for_agent_id=event.agent_id
            )
        )


async def deliver(ctx: Unit, event: ReplyReady) -> None:
    """Put an answer into its visitor's thread."""
    if event.channel != thread.CHANNEL:
        return
    payload = {
        "type": "message",
        "author": event.author_kind,
        "text": event.content,
        "message_id": event.message_id,
        "citations": msgspec.to_builtins(event.citations),
    }
    seq, is_new = await thread.append(ctx, event.thread, event.message_id, payload)
    if is_new:
        ctx.publish(
            DeliveryChanged(
                channel=thread.CHANNEL,
                account_id=event.account_id,
                message_id=event.message_id,
                external_id=str(seq),
                status="delivered",
            )
        )
