"""Cards with a TD2 zone."""
