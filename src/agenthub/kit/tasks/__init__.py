"""Work that must be done once: events heard and jobs due, leased, fenced, retried and dead-lettered alike."""
