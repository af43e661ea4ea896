"""Conversations: every message of every customer, kept before anybody thinks about it, and who answers."""
