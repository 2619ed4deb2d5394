"""The console of the role ``agent``. It works without scripts."""
