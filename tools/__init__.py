"""What sets up and starts a machine; not part of the product."""
