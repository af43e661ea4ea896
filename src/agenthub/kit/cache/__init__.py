"""What may be forgotten: cached values, advisory locks and rate limits."""
