"""The Hong Kong identity card."""
