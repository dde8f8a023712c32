"""Search engines behind PolicyIndex; each module has build(config)."""
