"""A visitor's message on its way in: stored and numbered before it is acknowledged."""

from agenthub.contracts.channels import MessageReceived
from agenthub.kit.errors import TooLarge
from agenthub.services.communication.webchat import thread
from agenthub.services.communication.webchat.models import Visitor
from agenthub.services.communication.webchat.shapes import SendMessage, Sent
from agenthub.services.communication.webchat.visitor import Unit, principal, spend


async def take(ctx: Unit, visitor: Visitor, message: SendMessage) -> Sent:
    """Keep the message once, however often it is sent; its place in the thread."""
    longest = ctx.settings.longest_message_characters
    if len(message.text) > longest:
        raise TooLarge(f"a message has at most {longest} characters; this one has {len(message.text)}")
    await spend(ctx, visitor.id, ctx.settings.messages_per_minute)
    async with ctx.runtime.unit(principal(visitor), ctx.origin) as unit:
        payload = {
            "type": "message",
            "author": "customer",
            "text": message.text,
            "client_id": message.client_id,
        }
        seq, is_new = await thread.append(unit, visitor.thread, message.client_id, payload)
        if is_new:
            unit.publish(
                MessageReceived(
                    channel=thread.CHANNEL,
                    account_id=visitor.account_id,
                    external_id=message.client_id,
                    sender=visitor.id,
                    thread=visitor.thread,
                    kind="text",
                    content=message.text,
                    sent_at=unit.now().isoformat(),
                    locale=visitor.locale,
                )
            )
    return Sent(seq=seq, client_id=message.client_id)
