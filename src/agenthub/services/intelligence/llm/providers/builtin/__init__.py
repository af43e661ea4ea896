"""The model that needs no download: it answers by quoting the passages it is given, and nothing else."""
