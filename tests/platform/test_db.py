from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from shiming.platform.db import Database, Json, UtcDateTime, for_update, insert_new, lock_name

own = sa.MetaData()
counter = sa.Table("counter", own, sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))
sample = sa.Table(
    "sample",
    own,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", UtcDateTime),
    sa.Column("data", Json),
    sa.Column("parent", sa.ForeignKey("counter.id")),
)


@pytest.fixture
def db(empty_database):
    with empty_database.write() as conn:
        own.create_all(conn)
        conn.execute(sa.insert(counter).values(id=1, n=0))
    return empty_database


def test_400_racing_writes_are_all_kept(db):
    """Read, add one, write: what plain BEGIN on SQLite loses most of."""

    def add_one(_):
        with db.write() as conn:
            n = conn.execute(for_update(sa.select(counter.c.n).where(counter.c.id == 1))).scalar_one()
            conn.execute(sa.update(counter).where(counter.c.id == 1).values(n=n + 1))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(add_one, range(400)))
    with db.read() as conn:
        assert conn.execute(sa.select(counter.c.n)).scalar_one() == 400


def test_a_named_lock_keeps_transactions_apart(db):
    """Only one of many that look first may insert."""

    def insert_if_none(_):
        with db.write() as conn:
            lock_name(conn, "the sample")
            if conn.execute(sa.select(sa.func.count()).select_from(sample)).scalar_one() == 0:
                conn.execute(sa.insert(sample).values(data={}))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(insert_if_none, range(40)))
    with db.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(sample)).scalar_one() == 1


def test_a_failed_write_leaves_nothing(db):
    def fails():
        with db.write() as conn:
            conn.execute(sa.update(counter).values(n=7))
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        fails()
    with db.read() as conn:
        assert conn.execute(sa.select(counter.c.n)).scalar_one() == 0


def test_a_read_may_not_write_and_the_next_write_may(db):
    with pytest.raises(sa.exc.DBAPIError), db.read() as conn:
        conn.execute(sa.update(counter).values(n=7))
    with db.write() as conn:
        conn.execute(sa.update(counter).values(n=8))
    with db.read() as conn:
        assert conn.execute(sa.select(counter.c.n)).scalar_one() == 8


def test_types_mean_the_same_on_both(db):
    shanghai = timezone(timedelta(hours=8))
    with db.write() as conn:
        conn.execute(
            sa.insert(sample), [{"at": datetime(2026, 1, 1, 8, 0, 0, 5, shanghai), "data": {"名": [1, None, "x"]}}]
        )
        conn.execute(sa.insert(sample).values(at=None, data=None))
    with db.read() as conn:
        first, second = conn.execute(sa.select(sample).order_by(sample.c.id)).all()
        nulls = conn.execute(sa.select(sa.func.count()).select_from(sample).where(sample.c.data.is_(None))).scalar_one()
    assert first.at == datetime(2026, 1, 1, 0, 0, 0, 5, UTC)
    assert first.at.utcoffset() == timedelta()
    assert first.data == {"名": [1, None, "x"]}
    assert (second.at, second.data, nulls) == (None, None, 1)


def test_a_moment_without_zone_is_refused(db):
    with pytest.raises(sa.exc.StatementError, match="time zone"), db.write() as conn:
        conn.execute(sa.insert(sample).values(at=datetime(2026, 1, 1)))


def test_foreign_keys_hold(db):
    with pytest.raises(sa.exc.IntegrityError), db.write() as conn:
        conn.execute(sa.insert(sample).values(parent=99))


def test_values_stay_out_of_error_messages(db):
    with pytest.raises(sa.exc.DBAPIError) as caught, db.write() as conn:
        conn.execute(sa.text("insert into nowhere values (:x)"), {"x": "李梅"})
    assert "李梅" not in str(caught.value)


def test_insert_new_says_whether_it_did(db):
    with db.write() as conn:
        assert insert_new(conn, counter, {"id": 2, "n": 1}, ["id"])
        assert not insert_new(conn, counter, {"id": 2, "n": 5}, ["id"])
        assert conn.execute(sa.select(counter.c.n).where(counter.c.id == 2)).scalar_one() == 1


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused_with_the_cure(url):
    with pytest.raises(ValueError, match="expected"):
        Database(url)
