"""Reads documents into blocks of text, one file per format, each fit to run alone in a child process."""
