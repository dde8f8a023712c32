"""Numbers, trunks and dispatch rules; what we ask LiveKit to do."""
