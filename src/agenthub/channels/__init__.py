"""The family of messaging channels: what every channel service is made of."""
