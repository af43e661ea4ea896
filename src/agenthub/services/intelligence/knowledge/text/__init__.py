"""Turns text into the terms that lexical search counts: the same text gives the same terms everywhere."""
