"""Floor 1: what people hand in -> safe, stored evidence."""
