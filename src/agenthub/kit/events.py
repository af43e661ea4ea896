"""Events: facts in the past tense, written with the change that caused them and heard with effect once."""

from datetime import datetime
from typing import Any, ClassVar, dataclass_transform

import msgspec


class EventMeta(msgspec.StructMeta):
    """Lets an event name its topic where it is declared."""

    def __new__(
        mcs,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        topic: str = "",
        ordered_by: str = "organization_id",
    ) -> Any:
        namespace["topic"] = topic
        namespace["ordered_by"] = ordered_by
        annotations = namespace.setdefault("__annotations__", {})
        annotations["topic"] = annotations["ordered_by"] = ClassVar[str]
        return super().__new__(mcs, name, bases, namespace, frozen=True, kw_only=True)


@dataclass_transform(kw_only_default=True)
class Event(msgspec.Struct, metaclass=EventMeta):
    """A fact: identifiers and values, never whole entities, never secrets. Fields are only ever added.

    `topic` is `owner.event_in_snake_case`; events with the same value in the field named by `ordered_by`
    are heard in the order in which they were published.
    """

    topic: ClassVar[str]
    ordered_by: ClassVar[str]
    organization_id: str | None = None

    @property
    def order_key(self) -> str:
        """What this event must stay in order with."""
        value = getattr(self, self.ordered_by)
        return f"{self.ordered_by}:{value}"


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way: what it says, and when, why and for whom it was said."""

    event_id: str
    topic: str
    order_key: str
    organization_id: str | None
    occurred_at: datetime
    request_id: str
    trace_id: str
    actor: str
    payload: bytes

    def open(self, kind: type[Event]) -> Event:
        """The event; fields that this version does not know are ignored."""
        return msgspec.json.decode(self.payload, type=kind)
