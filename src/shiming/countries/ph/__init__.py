"""Philippines."""
