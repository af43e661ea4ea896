from typing import Any

import pytest

from agenthub.kit.app.problems import respond
from agenthub.kit.errors import BadRequest, Problem
from agenthub.services.core.gateway.entrance import Entrance
from agenthub.services.core.gateway.settings import GatewaySettings
from tests.services.gateway.conftest import ask

MEBIBYTE = 1024 * 1024


class Recorder:
    """A service that keeps what reached it and reads the body whole."""

    def __init__(self, name: str = "one") -> None:
        self.name = name
        self.scopes: list[dict[str, Any]] = []
        self.received = 0

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        try:
            while True:
                message = await receive()
                self.received += len(message.get("body", b""))
                if not message.get("more_body"):
                    break
        except Problem:
            # What a framework makes of a body that breaks off.
            await respond(BadRequest("cannot parse the body"))(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": self.name.encode()})


def entrance_to(*apps: Recorder, **settings: Any) -> Entrance:
    names = {f"/api/{app.name}": app.name for app in apps} | {f"/{app.name}": app.name for app in apps}
    return Entrance(names, {app.name: app for app in apps}, GatewaySettings.model_validate(settings))


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/api/agents", b"agents"),
        ("/api/agents/agt_1/versions", b"agents"),
        ("/api/agents/", b"agents"),
        ("/agents", b"agents"),
        ("/agents/x/y", b"agents"),
        ("/api/files/1", b"files"),
    ],
)
async def test_a_path_goes_to_the_service_whose_prefix_it_begins_with(path: str, service: bytes) -> None:
    answered = await ask(entrance_to(Recorder("agents"), Recorder("files")), path)
    assert (answered.status, answered.body) == (200, service)


@pytest.mark.parametrize(
    "path",
    [
        "/internal/agents/turns",
        "/internal",
        "//internal/agents/turns",
        "/api",
        "/api/",
        "/api/agentsx",
        "/api/unknown",
        "/agentsx",
        "/metrics",
        "/ready",
        "//",
    ],
)
async def test_internal_and_unknown_paths_do_not_exist(path: str) -> None:
    agents = Recorder("agents")
    answered = await ask(entrance_to(agents), path)
    assert answered.status == 404
    assert answered.headers["content-type"] == "application/problem+json"
    assert answered.json()["request_id"] == answered.headers["x-request-id"] != "-"
    assert agents.scopes == []


def test_no_service_can_claim_internal_paths() -> None:
    with pytest.raises(ValueError, match="internal"):
        Entrance({"/internal/x": "x"}, {"x": Recorder()})


async def test_what_clients_say_of_identity_and_proxies_is_left_out() -> None:
    one = Recorder()
    headers = [
        (b"host", b"example.com"),
        (b"x-agenthub-identity", b"forged"),
        (b"x-agenthub-anything", b"forged"),
        (b"x-forwarded-for", b"10.0.0.1"),
        (b"x-forwarded-host", b"evil.example"),
        (b"forwarded", b"for=10.0.0.1"),
        (b"x-real-ip", b"10.0.0.1"),
        (b"authorization", b"Bearer t"),
    ]
    await ask(entrance_to(one), "/one", headers=headers)
    assert one.scopes[0]["headers"] == [(b"host", b"example.com"), (b"authorization", b"Bearer t")]


async def test_request_id_and_trace_begin_here_and_well_formed_ones_are_kept() -> None:
    one = Recorder()
    trace = b"4bf92f3577b34da6a3ce929d0e0e4736"
    headers = [(b"x-request-id", b"mine-12345"), (b"traceparent", b"00-" + trace + b"-00f067aa0ba902b7-01")]
    await ask(entrance_to(one), "/one", headers=headers)
    await ask(entrance_to(one), "/one", headers=[(b"x-request-id", b"no spaces allowed")])
    first, second = (scope["agenthub.origin"] for scope in one.scopes)
    assert (first.request_id, first.trace_id) == ("mine-12345", trace.decode())
    assert second.request_id.startswith("req_")
    assert all(scope["agenthub.gateway"] is True for scope in one.scopes)


async def test_security_headers_are_added_where_the_service_says_nothing() -> None:
    async def framed(_scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"content-security-policy", b"frame-ancestors *")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    plain = await ask(entrance_to(Recorder()), "/one")
    own = await ask(Entrance({"/chat": "chat"}, {"chat": framed}), "/chat/x")
    missing = await ask(entrance_to(Recorder()), "/nowhere")
    for answered in (plain, own, missing):
        assert answered.headers["x-content-type-options"] == "nosniff"
        assert answered.headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in plain.headers["content-security-policy"]
    assert own.headers["content-security-policy"] == "frame-ancestors *"


@pytest.mark.parametrize(
    ("path", "media_type", "size", "status"),
    [
        ("/one", b"application/json", MEBIBYTE, 200),
        ("/one", b"application/json", MEBIBYTE + 1, 413),
        ("/one", b"application/octet-stream", MEBIBYTE + 1, 413),
        ("/api/files", b"application/octet-stream", 3 * MEBIBYTE, 200),
        ("/api/files", b"multipart/form-data; boundary=x", 3 * MEBIBYTE, 200),
        ("/api/files", b"application/json", MEBIBYTE + 1, 413),
        ("/api/files", b"application/octet-stream", 100 * MEBIBYTE + 1, 413),
        ("/api/files", b"application/octet-stream", -1, 400),
    ],
)
async def test_an_announced_body_beyond_the_limit_is_refused_unread(
    path: str, media_type: bytes, size: int, status: int
) -> None:
    one, files = Recorder(), Recorder("files")
    headers = [(b"content-type", media_type), (b"content-length", str(size).encode())]
    answered = await ask(entrance_to(one, files), path, method="POST", headers=headers)
    assert answered.status == status
    assert (one.scopes == [] and files.scopes == []) is (status != 200)


async def test_a_body_of_unknown_length_is_stopped_at_the_limit() -> None:
    one = Recorder()
    headers = [(b"transfer-encoding", b"chunked")]
    pieces = [b"x" * 1024] * 8
    answered = await ask(
        entrance_to(one, json_limit_bytes=4096), "/one", method="POST", headers=headers, pieces=pieces
    )
    assert answered.status == 413
    assert answered.json()["code"] == "too_large"
    assert one.received == 4096


async def test_a_body_of_unknown_length_within_the_limit_passes_piece_by_piece() -> None:
    one = Recorder()
    answered = await ask(
        entrance_to(one),
        "/one",
        method="POST",
        headers=[(b"transfer-encoding", b"chunked")],
        pieces=[b"x" * 1024] * 8,
    )
    assert (answered.status, one.received) == (200, 8192)


async def test_too_many_headers_are_431() -> None:
    one = Recorder()
    answered = await ask(entrance_to(one), "/one", headers=[(b"cookie", b"x" * 16_384)])
    assert (answered.status, answered.json()["code"]) == (431, "headers_too_large")
    assert one.scopes == []


async def test_sockets_pass_to_their_service_and_unknown_ones_are_closed() -> None:
    reached: list[dict[str, Any]] = []
    sent: list[dict[str, Any]] = []

    async def sockets(scope: dict[str, Any], _receive: Any, _send: Any) -> None:
        reached.append(scope)

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    entrance = Entrance({"/chat": "chat"}, {"chat": sockets})
    for path in ("/chat/socket", "/internal/socket"):
        headers = [(b"x-agenthub-identity", b"forged")]
        await entrance({"type": "websocket", "path": path, "headers": headers}, receive, send)
    assert [scope["path"] for scope in reached] == ["/chat/socket"]
    assert reached[0]["headers"] == []
    assert [message["type"] for message in sent] == ["websocket.close"]
