"""The voice agent: one job per call. Knows no Django."""
