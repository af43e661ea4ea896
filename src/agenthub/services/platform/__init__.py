"""The wing that watches and tells."""
