"""Figures of the running line, measured on the telephone's side: ``make bench``."""
