"""Türkiye."""
