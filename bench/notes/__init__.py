"""The smallest service that touches each part of the kit: notes are kept, read, announced and heard of."""
