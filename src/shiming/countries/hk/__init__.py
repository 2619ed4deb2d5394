"""Hong Kong SAR."""
