"""What conversations does when it hears of something."""

from agenthub.contracts.channels import DeliveryChanged, MessageReceived
from agenthub.services.communication.conversations import logic, models
from agenthub.services.communication.conversations.jobs import RUN_TURN


async def take_message(ctx: logic.Unit, event: MessageReceived) -> None:
    """Keep what a customer wrote and have it answered."""
    kept = await logic.keep_message(ctx, event)
    if kept is not None:
        conversation, message_id = kept
        await logic.open_turn(ctx, conversation, message_id, RUN_TURN)


async def record_delivery(ctx: logic.Unit, event: DeliveryChanged) -> None:
    """Note what became of a message of ours."""
    await ctx.db.execute(models.DELIVERED, message_id=event.message_id, new_status=event.status)
