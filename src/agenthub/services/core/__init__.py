"""The wing that knows who calls and where everything is."""
