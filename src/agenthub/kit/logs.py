"""Logs: one JSON line an event on stderr, with origin and organization, without secrets."""

import io
import logging
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog

from agenthub.kit.redaction import redact
from agenthub.kit.tracing import current_origin


class _Stderr(io.TextIOBase):
    """A log that cannot be written (full disk, closed pipe) must not stop the service."""

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.flush()


def _with_origin(_logger: Any, _name: str, entry: Any) -> Any:
    origin, organization_id = current_origin()
    entry["request_id"] = origin.request_id
    entry["trace_id"] = origin.trace_id
    if organization_id:
        entry["organization_id"] = organization_id
    return entry


def _redacted(_logger: Any, _name: str, entry: Any) -> Any:
    return redact(entry)


def configure(*, level: str = "info", text: bool | None = None) -> None:
    """Set up logging for this process, the libraries' too; called once, by the host.

    `text`: lines for people instead of JSON; by default where stderr is a terminal.
    """
    for_people = sys.stderr.isatty() if text is None else text
    render: Any = structlog.processors.JSONRenderer()
    if for_people:
        render = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    before: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_origin,
        structlog.processors.format_exc_info,
    ]
    stream = cast("TextIO", _Stderr())
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*before, _redacted, render],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    without_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[without_meta, _redacted, render], foreign_pre_chain=before
        )
    )
    # Libraries explain themselves at length below this.
    logging.basicConfig(level=max(threshold, logging.WARNING), handlers=[handler], force=True)


def logger(service: str) -> Any:
    """The logger of one service."""
    return structlog.get_logger(service=service)
