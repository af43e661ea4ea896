"""The wing that reads, finds and answers."""
