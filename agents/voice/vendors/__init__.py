"""Adapters to vendors; each module has build(config)."""
