"""What the service does: keeps agents, and answers with them."""
