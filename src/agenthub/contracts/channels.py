"""What every channel says: messages from customers, and what became of ours."""

from agenthub.kit.events import Event


class MessageReceived(Event, topic="channels.message_received", ordered_by="thread"):
    """A customer wrote; published once per platform message. `sent_at` is RFC 3339."""

    channel: str
    account_id: str
    external_id: str
    sender: str
    thread: str
    kind: str
    content: str
    sent_at: str
    sender_name: str | None = None
    locale: str | None = None


class DeliveryChanged(Event, topic="channels.delivery_changed", ordered_by="message_id"):
    """What became of a message of ours; published at each new status: sent, delivered, read, failed."""

    channel: str
    account_id: str
    message_id: str
    external_id: str
    status: str
    error_code: str | None = None
    fee_nanos: int = 0


class ChannelConnected(Event, topic="channels.channel_connected", ordered_by="account_id"):
    """An account can receive and send; published at each connect. `for_agent_id` names whom it was made for."""

    channel: str
    account_id: str
    name: str
    for_agent_id: str | None = None
