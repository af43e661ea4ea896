"""Keeps every agent through its life and runs its turns: one message in, one grounded answer out."""
