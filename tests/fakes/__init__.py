"""One fake per protocol, held to it by the type checker."""
