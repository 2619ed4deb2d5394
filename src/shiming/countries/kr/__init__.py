"""Korea (Republic)."""
