"""Accounts, sessions, keys and the limits on guessing."""
