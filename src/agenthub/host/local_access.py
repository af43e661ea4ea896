"""Lets whoever may read the installation's folder use it without signing in, while it runs.

The folder already holds the master key, so its reader is the operator. The token is new at each start,
lies in `local.json` (mode 0600) and is removed at the stop; with it one acts in a session of the first
owner, which is listed and can be ended like any other.
"""

import hmac
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from agenthub.contracts.auth import AuthClient, OwnerSession
from agenthub.kit.auth.principal import Principal, service_principal
from agenthub.kit.calls.door import Door
from agenthub.kit.errors import Unauthenticated
from agenthub.kit.runtime import Authenticate, Runtime
from agenthub.kit.tracing import new_origin

FILE_NAME = "local.json"
MARGIN_SECONDS = 30.0


class LocalAccess:
    """Recognises the local token; every other caller is left to `otherwise`."""

    def __init__(self, otherwise: Authenticate) -> None:
        self._otherwise = otherwise
        self._token = f"local_{secrets.token_urlsafe(32)}"
        self._expected = f"Bearer {self._token}".encode()
        self._bearer = b""
        self._until = float("-inf")

    async def __call__(self, headers: Mapping[bytes, bytes], runtime: Runtime) -> Principal:
        if not hmac.compare_digest(headers.get(b"authorization", b""), self._expected):
            return await self._otherwise(headers, runtime)
        try:
            return await self._as_owner(headers, runtime)
        except Unauthenticated:
            # The session was ended by hand, or the keys have changed: the folder's reader opens another.
            self._until = float("-inf")
            return await self._as_owner(headers, runtime)

    async def _as_owner(self, headers: Mapping[bytes, bytes], runtime: Runtime) -> Principal:
        now = runtime.ports.clock.monotonic()
        if now >= self._until:
            session = await _open_session(runtime)
            self._bearer = f"Bearer {session.access_token}".encode()
            self._until = now + session.expires_in - MARGIN_SECONDS
        return await self._otherwise({**headers, b"authorization": self._bearer}, runtime)

    @contextmanager
    def announced(self, home: Path, url: str) -> Iterator[None]:
        """Have the address and the token lie in the folder."""
        path = home / FILE_NAME
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"url": url, "token": self._token}, file)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


async def _open_session(runtime: Runtime) -> OwnerSession:
    caller = service_principal(runtime.service.name)
    auth = AuthClient(Door(runtime.ports.transport, "auth", caller, new_origin()))
    session = await auth.owner_session()
    if session is None:
        raise Unauthenticated(
            "nobody owns this installation yet; open the set-up link that `agenthub up` shows"
        )
    return session
