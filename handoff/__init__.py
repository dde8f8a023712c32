"""Bringing a person into a call."""
