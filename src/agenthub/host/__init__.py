"""Composition and nothing else: which services run, on which engines, in which process."""
