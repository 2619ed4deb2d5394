"""The Chinese temporary resident identity card."""
