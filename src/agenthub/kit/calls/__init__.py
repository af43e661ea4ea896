"""Calls between services: typed clients over a transport that the host chooses."""
