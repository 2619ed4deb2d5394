"""United Arab Emirates."""
