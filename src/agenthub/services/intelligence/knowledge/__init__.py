"""Keeps what an organization knows, and finds the passages that answer a question."""
