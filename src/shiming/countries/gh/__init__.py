"""Ghana."""
