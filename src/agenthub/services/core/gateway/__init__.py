"""The single entrance: every outside request comes through here and is brought to its service."""
