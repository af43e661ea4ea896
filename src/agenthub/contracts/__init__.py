"""What services say to each other: one file for each service, with its events, shapes and client."""
