"""Several engines for one role: the first is used, the next takes over within the turn."""
