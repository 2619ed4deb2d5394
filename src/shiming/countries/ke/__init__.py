"""Kenya."""
