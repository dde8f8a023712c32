"""The SIP gateway process: telephone legs in, LiveKit rooms out. Knows no Django."""
