"""Turns text into vectors, keeps them in collections and finds the nearest."""
