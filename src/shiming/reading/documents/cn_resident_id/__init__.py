"""The Chinese resident identity card."""
