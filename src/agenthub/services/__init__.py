"""The services, by wing; none imports another."""
