"""The console of the role ``clerk``. It works without scripts."""
