"""Passports."""
