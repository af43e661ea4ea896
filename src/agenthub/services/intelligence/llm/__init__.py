"""One dependable door to every language model."""
