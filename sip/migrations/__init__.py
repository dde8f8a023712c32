"""Schema of numbers, trunks and dispatch rules."""
