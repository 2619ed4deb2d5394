"""Shiming (实名): a self-hosted real-name registration platform."""

__version__ = "0.1.0"
