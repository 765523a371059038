"""Head office restored from a backup: its own life, and the stores that it has to hear."""
