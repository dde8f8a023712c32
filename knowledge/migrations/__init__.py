"""Changes to the tables, oldest first."""
