"""Viet Nam."""
