"""Named points at which a test may end the process, to prove that nothing accepted is lost there."""

import os

POINTS = (
    "unit.before_commit",
    "unit.after_commit",
    "relay.before_publish",
    "relay.after_publish",
    "bus.after_receive",
    "task.after_claim",
    "task.before_commit",
    "task.after_commit",
    "stream.after_item",
)

_AT, _, _COUNT = os.environ.get("AGENTHUB_CRASH_AT", "").partition(":")
_left = int(_COUNT or "1")


def crash_point(name: str) -> None:
    """End the process without a goodbye when the environment asks for it: `AGENTHUB_CRASH_AT=point:nth`."""
    global _left  # noqa: PLW0603  one countdown for the process
    if name == _AT:
        _left -= 1
        if _left <= 0:
            os._exit(137)
