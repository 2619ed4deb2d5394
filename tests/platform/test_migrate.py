from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from shiming.platform.migrate import context_options, load_tables, upgrade


def test_migrations_make_the_tables_that_code_defines(database):
    """When this fails: python -m shiming.platform.migrate revision (while that revision is unreleased)."""
    tables = load_tables()
    with database.read() as conn:
        context = MigrationContext.configure(conn, opts=context_options(conn))
        differences = compare_metadata(context, tables)
    assert differences == []


def test_check_constraints_are_migrated_too(database):
    """Alembic does not compare them."""
    wanted = {
        (table.name, str(constraint.name))
        for table in load_tables().tables.values()
        for constraint in table.constraints
        if isinstance(constraint, sa.CheckConstraint)
    }
    inspector = sa.inspect(database.engine)
    found = {
        (table, str(constraint["name"]))
        for table in inspector.get_table_names()
        for constraint in inspector.get_check_constraints(table)
    }
    assert {(table, name) for table, name in wanted if (table, name) not in found} == set()


def test_upgrade_again_and_at_once_is_no_fault(empty_database):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: upgrade(empty_database), range(4)))
    upgrade(empty_database)
    assert "audit" in sa.inspect(empty_database.engine).get_table_names()
