"""A believable demo shop."""
