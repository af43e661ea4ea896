"""What knowledge does: keeps bases and documents, indexes them, and searches."""
