from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from shiming.platform import outbox


@pytest.fixture
def put(database, clock):
    def run(key, **more):
        with database.write() as conn:
            return outbox.put(conn, issuer="a", topic="notice", payload=b"x", key=key, at=clock.now(), **more)

    return run


def test_the_same_key_is_the_same_message(put, database, clock):
    first, again, other = put("k"), put("k"), put("l")
    assert first == again != other
    with database.write() as conn:
        elsewhere = outbox.put(conn, issuer="b", topic="notice", payload=b"x", key="k", at=clock.now())
        assert elsewhere != first
        assert outbox.find(conn, "a", "k") == first


def test_racing_puts_of_one_key_make_one_message(put, database, clock):
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: put("k"), range(40)))
    assert len(ids) == 1
    with database.read() as conn:
        assert len(outbox.due(conn, clock.now(), 10)) == 1


def test_each_message_is_claimed_once_in_a_race(put, database, clock):
    ids = [put(f"k{n}") for n in range(20)]

    def take(id):
        with database.write() as conn:
            return outbox.claim(conn, id, clock.now())

    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(take, ids * 5))
    taken = [row.id for row in rows if row is not None]
    assert sorted(taken) == sorted(ids)
    assert {row.attempts for row in rows if row is not None} == {1}


def test_nothing_is_due_before_its_time(put, database, clock):
    put("later", not_before=clock.now() + timedelta(hours=1))
    now = put("now", about="r1")
    with database.read() as conn:
        assert [row.id for row in outbox.due(conn, clock.now(), 10)] == [now]
        assert outbox.due(conn, clock.now(), 10)[0].about == "r1"
    clock.advance(timedelta(hours=1))
    with database.read() as conn:
        assert len(outbox.due(conn, clock.now(), 10)) == 2
        assert len(outbox.due(conn, clock.now(), 1)) == 1


def test_a_crashed_sender_leaves_a_stuck_message(put, database, clock):
    id = put("k")
    with database.write() as conn:
        outbox.claim(conn, id, clock.now(), owner="w1")
    clock.advance(timedelta(minutes=5))
    with database.write() as conn:
        assert [row.id for row in outbox.stuck(conn, clock.now())] == [id]
        assert outbox.claim(conn, id, clock.now()) is None
        outbox.mark(conn, id, "uncertain", error="SENDER_DIED", at=clock.now())
        assert outbox.stuck(conn, clock.now()) == []
        assert outbox.due(conn, clock.now(), 10) == []


def test_a_failed_try_waits_and_counts(put, database, clock):
    id = put("k")
    with database.write() as conn:
        outbox.claim(conn, id, clock.now())
        outbox.mark(conn, id, "pending", error="GATEWAY_DOWN", not_before=clock.now() + timedelta(minutes=1))
        assert outbox.claim(conn, id, clock.now()) is None
        row = outbox.claim(conn, id, clock.now() + timedelta(minutes=1))
        assert (row.attempts, row.last_error) == (2, "GATEWAY_DOWN")


def test_wrong_marks_are_refused(put, database):
    id = put("k")
    with database.write() as conn:
        with pytest.raises(ValueError, match="expected one of"):
            outbox.mark(conn, id, "lost")
        with pytest.raises(LookupError, match="nobody"):
            outbox.mark(conn, "nobody", "sent")
