"""A real Chromium in front of the product as people start it."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.engines.postgres import PostgresServer
from tests.engines.process import absent, free_port
from tests.engines.redis import RedisServer

READY_SECONDS = 60


@dataclass(frozen=True)
class Installation:
    """A running installation that nobody has set up yet."""

    address: str
    setup_link: str
    home: Path


@pytest.fixture(params=["embedded"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """On the built-in engines, or with the parameter `servers` on PostgreSQL and Redis."""
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AGENTHUB_")},
        "AGENTHUB_HOME": str(tmp_path / "home"),
        "PYTHONPATH": "src",
    }
    if request.param == "servers":
        redis: RedisServer = request.getfixturevalue("redis_server")
        redis.flush()
        postgres: PostgresServer = request.getfixturevalue("postgres")
        postgres.forget_installations()
        environment |= {
            "DATABASE_URL": postgres.url,
            "REDIS_URL": redis.url,
        }
    command = [sys.executable, "-m", "agenthub.cli", "up", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Installation(f"http://127.0.0.1:{port}", _setup_link(process), tmp_path / "home")
        finally:
            process.send_signal(signal.SIGTERM)
            status = process.wait(READY_SECONDS)
    assert status == 0


def _setup_link(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http\S+/setup\?token=\S+", line):
            return found.group()
    raise AssertionError("the product ended without printing its set-up link")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium") or absent("Chromium", "chromium")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield opened
        await opened.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page on which any script error, refused resource or console error fails the test."""
    opened = await browser.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield opened
    assert problems == []
