"""The wing that counts and bills."""
