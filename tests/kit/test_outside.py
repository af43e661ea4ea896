"""Addresses that people enter lead outside, whatever they look like."""

import socket
from typing import Any

import pytest
from aiohttp import web

from agenthub.kit.calls.outside import PrivateAddressError, outside_session, refuse_private


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/v1",
        "http://localhost/v1",
        "http://10.1.2.3/v1",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/v1",
        "http://[::ffff:127.0.0.1]/v1",
        "http://2130706433/v1",
        "http://127.1/v1",
        "http://0.0.0.0/v1",
    ],
)
def test_a_literal_private_address_is_refused(url: str) -> None:
    with pytest.raises(PrivateAddressError):
        refuse_private(url, frozenset())


@pytest.mark.parametrize("url", ["https://api.openai.com/v1", "https://1.1.1.1/v1"])
def test_a_public_address_passes(url: str) -> None:
    refuse_private(url, frozenset())


async def test_a_name_that_resolves_to_a_private_address_is_refused_before_connecting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def rebound(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", 80))]

    async with outside_session(frozenset()) as session:
        monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", rebound)
        with pytest.raises(PrivateAddressError, match=r"innocent\.example"):
            await session.get("http://innocent.example/")


async def test_a_listed_host_is_reached_wherever_it_is() -> None:
    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.add_routes([web.get("/", hello)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    async with outside_session(frozenset({"localhost"})) as session:
        refuse_private(f"http://localhost:{port}/", frozenset({"localhost"}))
        async with session.get(f"http://localhost:{port}/") as response:
            assert await response.text() == "hello"
    await runner.cleanup()
