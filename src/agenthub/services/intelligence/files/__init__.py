"""Keeps the bytes that people and services hand over, and knows what they truly are."""
