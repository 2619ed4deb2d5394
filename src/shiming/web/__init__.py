"""Pages and interface: thin over the floors below. ``app.create_app`` puts them together."""
