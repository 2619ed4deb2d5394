"""Cards with a TD1 zone."""
