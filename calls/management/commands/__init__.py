"""runclock."""
