"""Macao SAR."""
