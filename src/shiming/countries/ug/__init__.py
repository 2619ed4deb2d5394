"""Uganda."""
