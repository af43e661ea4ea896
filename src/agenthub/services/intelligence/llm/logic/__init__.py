"""What the service does: finds the provider behind a model, streams its answer and keeps the record."""
