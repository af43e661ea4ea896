"""Secrets at rest: a master key, a data key for each organization, ciphertext bound to its place."""
