"""Singapore."""
