"""Secrets and personal data do not reach the logs; what operators need does."""

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import given, strategies as st

from agenthub.kit import logs
from agenthub.kit.redaction import redact, redact_text
from agenthub.kit.tasks.model import Origin
from agenthub.kit.tracing import use_origin

MASKED = [
    ("Bearer abcdef1234567890", "Bearer [secret]"),
    ("authorization: basic dXNlcjpwYXNz", "authorization: basic [secret]"),
    ("used ak_live_8Gk2mZp0QwErTy12 twice", "used [secret] twice"),
    ("ak_test_8Gk2mZp0QwErTy12", "[secret]"),
    ("sk-proj-abcdefghijklmnop", "[secret]"),
    ("whsec_abcdefghijklmnop", "[secret]"),
    ("eyJhbGciOi.eyJzdWIiOi.c2lnbmF0", "[secret]"),
    ("POST /bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/send", "POST /bot[secret]/send"),
    ("postgresql://agenthub:hunter22@db/x", "postgresql://[secret]@db/x"),
    ("GET /cb?code=abc123&state=9", "GET /cb?code=[secret]&state=9"),
    ("mail jane.doe+x@example.co.uk now", "mail [email] now"),
    ("card 4111 1111 1111 1111.", "card [card]."),
    ("4111111111111111", "[card]"),
    ("378282246310005", "[card]"),
    ("5555-5555-5555-4444", "[card]"),
    ("call +49 (0)30 901820", "call [phone]"),
    ("+919876543210", "[phone]"),
    ("from 919876543210 to 15551234567", "from [phone] to [phone]"),
    ("9876543210", "[phone]"),
    ("98765 43210", "[phone]"),
    ("(555) 123-4567", "[phone]"),
    ("555-123-4567", "[phone]"),
    ("aadhaar 2345 6789 0123", "aadhaar [identity]"),
    ("pan ABCPE1234F", "pan [identity]"),
]

KEPT = [
    "2026-11-23T04:56:59.254236Z",
    "2026-11-23 04:56:59",
    "1767603600",
    "1767603600000",
    "took 0.2345678901234 s",
    "conv_01jd8x3k5pe7q9r2s4t6v8wxyz",
    "550e8400-e29b-41d4-a716-446655440000",
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "192.168.10.25:8080",
    "GET /api/usage?limit=50 200",
    "version 1.22.333",
    "1,234,567,890 tokens",
    "@channel and a@b",
    "task-runner disk-usage",
]


@pytest.mark.parametrize(("text", "expected"), MASKED)
def test_it_is_masked_by_its_kind(text: str, expected: str) -> None:
    assert redact_text(text) == expected


@pytest.mark.parametrize("text", KEPT)
def test_what_operators_need_stays(text: str) -> None:
    assert redact_text(text) == text


def test_a_number_that_is_no_card_is_not_called_one() -> None:
    assert "[card]" not in redact_text("4111111111111112")


def test_all_under_the_name_of_a_secret_is_masked() -> None:
    entry = {
        "password": "hunter2",
        "api_key": ["a"],
        "X-Api-Key": "a",
        "Set-Cookie": "a",
        "access_token": {"a": "b"},
        "otp": 123456,
        "client_secret": None,
        "tokens": 120,
        "max_tokens": "800",
        "key": "agents",
        "nested": [{"refreshToken": "x", "mail": "a@example.com"}],
    }
    masked = "[secret]"
    assert redact(entry) == {
        **dict.fromkeys(["password", "api_key", "X-Api-Key", "Set-Cookie", "access_token", "otp"], masked),
        "client_secret": None,
        "tokens": 120,
        "max_tokens": "800",
        "key": "agents",
        "nested": [{"refreshToken": masked, "mail": "[email]"}],
    }


@given(st.text(max_size=300))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert redact_text(redact_text(text)) == redact_text(text)


@pytest.mark.parametrize("text", ["a" * 100_000, "1 " * 50_000, "a." * 50_000, "+1" * 50_000, "eyJ" * 30_000])
def test_long_lines_take_little_time(text: str) -> None:
    started = time.perf_counter()
    redact_text(text)
    assert time.perf_counter() - started < 1.0


@pytest.fixture
def stderr(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """What was logged since it was last asked."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield lambda: capsys.readouterr().err
    structlog.reset_defaults()
    logging.basicConfig(handlers=handlers, level=level, force=True)


def fail(detail: str) -> None:
    raise RuntimeError(detail)


def test_a_line_is_json_with_its_origin_and_without_secrets(stderr: Callable[[], str]) -> None:
    logs.configure()
    with use_origin(Origin(request_id="req_12345678", trace_id="ab" * 16), "org_1"):
        logs.logger("usage").info("mail sent", to="jane@example.com", token="x", bytes=12)
    line = json.loads(stderr())
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "mail sent",
        "level": "info",
        "service": "usage",
        "request_id": "req_12345678",
        "trace_id": "ab" * 16,
        "organization_id": "org_1",
        "to": "[email]",
        "token": "[secret]",
        "bytes": 12,
    }


def test_an_exception_is_logged_without_what_it_carries(stderr: Callable[[], str]) -> None:
    logs.configure()
    try:
        fail("refused jane@example.com with Bearer abcdef1234567890")
    except RuntimeError:
        logs.logger("usage").exception("failed")
    line = json.loads(stderr())
    assert "RuntimeError: refused [email] with Bearer [secret]" in line["exception"]


def test_libraries_log_in_the_same_form(stderr: Callable[[], str]) -> None:
    logs.configure()
    logging.getLogger("alembic").warning("user %s", "jane@example.com")
    logging.getLogger("alembic").info("chatter")
    line = json.loads(stderr())
    assert (line["event"], line["level"]) == ("user [email]", "warning")
    assert line["request_id"] == "-"


def test_a_terminal_gets_text(stderr: Callable[[], str]) -> None:
    logs.configure(text=True, level="warning")
    log = logs.logger("usage")
    log.info("not shown")
    try:
        fail("jane@example.com")
    except RuntimeError:
        log.exception("failed")
    shown = stderr()
    assert "failed" in shown
    assert "RuntimeError: [email]" in shown
    assert "not shown" not in shown


def test_a_log_that_cannot_be_written_stops_nothing() -> None:
    code = (
        "from agenthub.kit import logs\nimport logging\nlogs.configure()\n"
        "logs.logger('usage').info('x')\nlogging.getLogger('a').warning('y')\nprint('alive')"
    )
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-c", code]
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=full,
            env={"PYTHONPATH": os.pathsep.join(sys.path)},
            check=False,
        )
    assert done.stdout == b"alive\n"
