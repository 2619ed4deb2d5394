"""Database, outbox, settings, logging, clock, identifiers, translations. No business words."""
