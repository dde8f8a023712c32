"""Call records: what happened in each call, who said what, and the recording."""
