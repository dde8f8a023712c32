"""Commands of the telephone."""
