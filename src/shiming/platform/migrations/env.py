"""What Alembic runs: migrations on the connection that ``shiming.platform.migrate.upgrade`` hands over."""

from alembic import context

from shiming.platform.migrate import context_options

context.configure(**context_options(context.config.attributes["connection"]))
with context.begin_transaction():
    context.run_migrations()
