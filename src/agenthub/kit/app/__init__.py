"""The ASGI app of one service."""
