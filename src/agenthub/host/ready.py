"""What is told when an installation has started."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ready:
    """What now answers; `setup_link` works once and is None when somebody owns the installation."""

    address: str
    services: int
    seconds: float
    setup_link: str | None = None


Announce = Callable[[Ready], None]
