"""Keeps what customers write, and opens the turn that answers it."""

from agenthub.contracts.channels import MessageReceived
from agenthub.contracts.conversations import ContactCreated, ConversationStarted, MessageAdded
from agenthub.kit.context import Context
from agenthub.kit.service import Job
from agenthub.services.communication.conversations import models
from agenthub.services.communication.conversations.models import Conversation
from agenthub.services.communication.conversations.settings import ConversationsSettings
from agenthub.services.communication.conversations.shapes import RunTurn

Unit = Context[ConversationsSettings]


async def keep_message(ctx: Unit, event: MessageReceived) -> tuple[Conversation, str] | None:
    """Store the message with its contact and conversation; None when it is here already."""
    conversation = await ctx.db.one(
        models.BY_THREAD,
        Conversation,
        account_id=event.account_id,
        channel=event.channel,
        thread=event.thread,
    )
    if conversation is None:
        conversation = await _begin_conversation(ctx, event)
    message_id = ctx.new_id("msg")
    added = await ctx.db.execute(
        models.ADD_ONCE,
        id=message_id,
        conversation_id=conversation.id,
        author_kind="customer",
        author_id=conversation.contact_id,
        direction="in",
        kind=event.kind,
        content=event.content[: ctx.settings.longest_message_characters],
        citations=[],
        run_id=None,
        status="received",
        external_id=event.external_id,
        created_at=ctx.now(),
        seq=await ctx.db.scalar(models.NEXT_SEQ, conversation_id=conversation.id),
    )
    if not added:
        return None
    await ctx.db.execute(models.TOUCH, conversation_id=conversation.id, now=ctx.now())
    announce(ctx, conversation, message_id, author_kind="customer", kind=event.kind)
    return conversation, message_id


async def open_turn(ctx: Unit, conversation: Conversation, message_id: str, job: Job) -> None:
    """Let the waiting turn answer this message too, or queue a new one behind the running one."""
    if await ctx.db.execute(models.EXTEND_WAITING_TURN, of=conversation.id, message_id=message_id):
        return
    turn_id = ctx.new_id("turn")
    row = {
        "id": turn_id,
        "conversation_id": conversation.id,
        "reply_id": ctx.new_id("msg"),
        "last_message_id": message_id,
        "state": "waiting",
        "outcome": None,
        "created_at": ctx.now(),
        "finished_at": None,
    }
    await ctx.db.insert(models.turns, row)
    ctx.enqueue(job, RunTurn(turn_id=turn_id), once_as=turn_id, ordered_by=f"conversation:{conversation.id}")


def announce(ctx: Unit, conversation: Conversation, message_id: str, *, author_kind: str, kind: str) -> None:
    """Tell the others that something was written."""
    ctx.publish(
        MessageAdded(
            conversation_id=conversation.id,
            message_id=message_id,
            author_kind=author_kind,
            channel=conversation.channel,
            kind=kind,
        )
    )


async def _begin_conversation(ctx: Unit, event: MessageReceived) -> Conversation:
    now = ctx.now()
    conversation = Conversation(
        organization_id=ctx.organization_id,
        id=ctx.new_id("conv"),
        contact_id=await _contact(ctx, event),
        channel=event.channel,
        account_id=event.account_id,
        thread=event.thread,
        status="pending",
        agent_id=None,
        outcome=None,
        created_at=now,
        last_message_at=now,
        last_seq=0,
    )
    await ctx.db.insert(models.conversations, conversation)
    ctx.publish(
        ConversationStarted(
            conversation_id=conversation.id,
            contact_id=conversation.contact_id,
            channel=event.channel,
            agent_id=None,
        )
    )
    return conversation


async def _contact(ctx: Unit, event: MessageReceived) -> str:
    known = await ctx.db.scalar(
        models.IDENTITY, account_id=event.account_id, channel=event.channel, external_id=event.sender
    )
    if known is not None:
        return str(known)
    contact_id = ctx.new_id("con")
    contact = {"id": contact_id, "name": event.sender_name, "locale": event.locale, "created_at": ctx.now()}
    await ctx.db.insert(models.contacts, contact)
    identity = {
        "id": ctx.new_id("idn"),
        "contact_id": contact_id,
        "channel": event.channel,
        "account_id": event.account_id,
        "external_id": event.sender,
    }
    await ctx.db.insert(models.identities, identity)
    ctx.publish(ContactCreated(contact_id=contact_id, channel=event.channel))
    return contact_id
