"""The console of the role ``officer``. It works without scripts."""
