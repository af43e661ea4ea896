"""What can go wrong with a visitor."""

from agenthub.kit.errors import NotFound, TooManyRequests, Unauthenticated


class VisitorUnknown(Unauthenticated):
    code = "visitor_unknown"
    title = "This visitor is not known"


class ChatUnknown(NotFound):
    code = "chat_unknown"


class TooManyMessages(TooManyRequests):
    code = "too_many_messages"
