"""Runs the floors durably. The only folder that knows the engine; the database rows are the truth."""
