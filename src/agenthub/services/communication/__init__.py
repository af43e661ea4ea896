"""The wing that talks with customers."""
