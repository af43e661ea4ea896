"""Proves who is calling, and issues, renews and withdraws the tokens that say so."""
