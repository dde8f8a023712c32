"""The roster of people, and (in voice/) the worker that talks to callers."""
