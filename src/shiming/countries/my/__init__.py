"""Malaysia."""
