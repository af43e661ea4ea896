"""Logs: one JSON line an event on stderr, with origin and organization, without secrets."""

import logging
import sys
from typing import Any

import structlog

from agenthub.kit.tracing import current_origin


def _with_origin(_logger: Any, _name: str, entry: Any) -> Any:
    origin, organization_id = current_origin()
    entry["request_id"] = origin.request_id
    entry["trace_id"] = origin.trace_id
    if organization_id:
        entry["organization_id"] = organization_id
    return entry


def configure(*, level: str = "info") -> None:
    """Set up logging for this process; called once, by the host."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_origin,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def logger(service: str) -> Any:
    """The logger of one service."""
    return structlog.get_logger(service=service)
