"""Visas with an MRV-B zone."""
