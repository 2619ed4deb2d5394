"""Visas with an MRV-A zone."""
