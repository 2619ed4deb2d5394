"""Floor 5a: the human side of decisions: queue, claims, due times, taking back."""
