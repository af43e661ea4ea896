"""Uploads as clients send them."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any

from agenthub.kit.app.asgi import ServiceApp
from agenthub.kit.auth.principal import Principal
from agenthub.kit.testing import Answer, Running
from agenthub.kit.tracing import new_origin


def owner_of(organization: str) -> Principal:
    return Principal(
        kind="user", id="usr_1", organization_id=organization, permissions=frozenset({"files:manage"})
    )


OWNER = owner_of("org_a")
STRANGER = owner_of("org_b")


async def upload(
    door: Running,
    content: bytes,
    name: str = "notes.txt",
    purpose: str = "attachment",
    *,
    by: Principal = OWNER,
    **headers: str,
) -> Answer:
    """The body is the file."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    named.setdefault("content-type", "application/octet-stream")
    from urllib.parse import urlencode

    query = urlencode({"name": name, "purpose": purpose})
    return await door.request("POST", f"/api/files?{query}", by=by, body=content, headers=named)


def form(*parts: tuple[str, bytes, str | None, str | None], boundary: str = "xYzZy") -> tuple[bytes, str]:
    """A multipart body of (field, content, file name, type), and its Content-Type."""
    body = b""
    for field, content, name, kind in parts:
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"'.encode()
        body += f'; filename="{name}"'.encode() if name is not None else b""
        body += f"\r\nContent-Type: {kind}".encode() if kind else b""
        body += b"\r\n\r\n" + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


async def streamed(
    door: Running, chunks: Iterable[bytes | None], query: str, headers: Mapping[str, str] | None = None
) -> tuple[int, bytes]:
    """POST a body in pieces, as a server hands it on; None is a client that hangs up."""
    pieces = iter(chunks)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        piece = next(pieces, b"")
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/api/files",
        "raw_path": b"/api/files",
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(key.encode(), value.encode()) for key, value in (headers or {}).items()],
        "client": None,
        "server": None,
        "state": {},
        "agenthub.caller": OWNER,
        "agenthub.origin": new_origin(),
    }
    await ServiceApp(door.runtime)(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def kept(tmp_path: Path) -> list[Path]:
    """Every file in the store, unfinished ones included."""
    return sorted(path for path in (tmp_path / "blobs").rglob("*") if path.is_file())


async def chunks_of(content: bytes) -> AsyncIterator[bytes]:
    yield content
