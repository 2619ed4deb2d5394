"""Nigeria."""
