"""Where an installation is and who we are to it: a login that was saved, or else the one running here."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agenthub.kit.errors import Unauthenticated

LOGIN_FILE = "login.json"
LOCAL_FILE = "local.json"


@dataclass(frozen=True)
class Session:
    """`refresh_token` is empty for the local one, which is renewed by the installation itself."""

    url: str
    access_token: str
    refresh_token: str = ""
    email: str = ""


def home() -> Path:
    return Path(os.environ.get("AGENTHUB_HOME") or Path.home() / ".agenthub")


def current() -> Session:
    """The saved login, or the installation that runs here; Unauthenticated when there is neither."""
    saved = _read(home() / LOGIN_FILE)
    if saved is not None:
        return Session(**saved)
    local = _read(home() / LOCAL_FILE)
    if local is not None:
        return Session(local["url"], local["token"])
    raise Unauthenticated(
        f"nothing runs on {home()} and nobody is signed in; run agenthub up, or agenthub login --url ADDRESS"
    )


def local_url() -> str | None:
    """The address of the installation that runs here."""
    local = _read(home() / LOCAL_FILE)
    return local["url"] if local else None


def save(session: Session) -> Path:
    """Keep the login for this user alone."""
    path = home() / LOGIN_FILE
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(session), file)
    return path


def _read(path: Path) -> dict[str, Any] | None:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content
