"""The console of the role ``admin``. It works without scripts."""
