"""The append-only, hash-chained record of who did what, and the unit of work that writes it."""
