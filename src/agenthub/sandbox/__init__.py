"""Local stand-ins of outside providers, faithful to their protocols, with fault injection."""
