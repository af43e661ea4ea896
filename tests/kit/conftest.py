"""The doors to one service at a time."""

from tests.doors import Start, engine, ports, start

__all__ = ["Start", "engine", "ports", "start"]
