"""Where terms are kept and counted, one file per database."""
