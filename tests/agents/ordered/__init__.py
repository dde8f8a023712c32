"""Engines in order of preference: who takes over when, and what the caller gets."""
