"""Driver's licences and identity cards of the United States and Canada."""
