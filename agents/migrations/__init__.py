"""Schema of the roster and the voice profiles."""
