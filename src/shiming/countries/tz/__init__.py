"""Tanzania."""
