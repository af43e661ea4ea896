"""Work that must not run on the event loop: bounded threads, and children that may die."""
