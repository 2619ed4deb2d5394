from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from shiming.audit import chain, checkpoints
from shiming.audit.actions import Action
from shiming.audit.store import GENESIS, about, audit, audit_head, head


@dataclass(frozen=True)
class Doer:
    role: str = "reviewer"
    id: str = "s1"


def record(workspace, *ids):
    with workspace.write() as work:
        for id in ids:
            work.record(Doer(), Action.STAFF_SIGN_IN, "staff", id, cause="test", registration="r1")


def verify(workspace, **more):
    with workspace.read() as work:
        return [(fault.code, fault.seq) for fault in checkpoints.verify(work.conn, "default", **more)]


def checkpoint(workspace):
    with workspace.read() as work:
        return checkpoints.export_checkpoint(work.conn, workspace.vault.folder, "default", work.now)


@contextmanager
def unguarded(workspace):
    """A transaction past the triggers: what somebody with the database's own rights can do."""
    with workspace.db.write() as conn:
        if workspace.db.dialect == "postgresql":
            conn.execute(sa.text("set local session_replication_role = replica"))
        else:
            for verb in ("update", "delete"):
                conn.execute(sa.text(f"drop trigger if exists audit_refuse_{verb}"))
        yield conn


def tamper(workspace, *statements):
    with unguarded(workspace) as conn:
        for statement in statements:
            conn.execute(statement)


def rebuild(workspace):
    """Recomputes every hash, as a thorough forger would."""
    with unguarded(workspace) as conn:
        previous = GENESIS
        for row in conn.execute(sa.select(audit).order_by(audit.c.seq)).all():
            values = {**row._asdict(), "prev_hash": previous}
            previous = chain.digest(values)
            conn.execute(
                sa.update(audit).where(audit.c.seq == row.seq).values(prev_hash=values["prev_hash"], hash=previous)
            )
        conn.execute(sa.update(audit_head).values(hash=previous))


def test_an_untouched_chain_is_whole(workspace):
    assert verify(workspace) == []
    record(workspace, "a", "b")
    record(workspace, "c")
    assert verify(workspace) == []
    with workspace.read() as work:
        assert head(work.conn, "default")[0] == 3
        assert [row.action for row in about(work.conn, "default", "staff", "b")] == ["staff:session:open"]


def test_400_racing_entries_are_all_kept_in_one_chain(workspace):
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: record(workspace, str(n)), range(400)))
    with workspace.read() as work:
        rows = work.conn.execute(sa.select(audit.c.seq, audit.c.object_id).order_by(audit.c.seq)).all()
    assert [row.seq for row in rows] == list(range(1, 401))
    assert {row.object_id for row in rows} == {str(n) for n in range(400)}
    assert verify(workspace) == []


@pytest.mark.parametrize("statement", [sa.update(audit).values(object_id="x"), sa.delete(audit)])
def test_the_database_refuses_changes(workspace, statement):
    record(workspace, "a")
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), workspace.db.write() as conn:
        conn.execute(statement)
    assert verify(workspace) == []


@pytest.mark.parametrize(
    "change",
    [
        {"object_id": "x"},
        {"actor_id": "x"},
        {"action": "staff:session:close"},
        {"extra": {"registration": "r2"}},
        {"actor_role": "holder"},
    ],
)
def test_a_changed_entry_is_found(workspace, change):
    record(workspace, "a", "b", "c")
    tamper(workspace, sa.update(audit).where(audit.c.seq == 2).values(**change))
    assert verify(workspace) == [("CHANGED", 2)]


def test_a_missing_entry_is_found(workspace):
    record(workspace, "a", "b", "c")
    tamper(workspace, sa.delete(audit).where(audit.c.seq == 2))
    assert verify(workspace) == [("GAP", 3), ("BROKEN_LINK", 3)]


def test_a_cut_end_is_found(workspace):
    record(workspace, "a", "b", "c")
    tamper(workspace, sa.delete(audit).where(audit.c.seq == 3))
    assert verify(workspace) == [("HEAD_DIFFERS", 2)]


def test_only_a_checkpoint_finds_a_thorough_forger(workspace):
    record(workspace, "a", "b", "c")
    signed = checkpoint(workspace)
    record(workspace, "d")
    assert verify(workspace, checkpoint=signed) == []
    tamper(workspace, sa.update(audit).where(audit.c.seq == 2).values(object_id="x"))
    rebuild(workspace)
    assert verify(workspace) == []
    assert verify(workspace, checkpoint=signed) == [("CHECKPOINT_DIFFERS", 3)]


def test_a_checkpoint_finds_a_chain_made_shorter(workspace):
    record(workspace, "a", "b", "c")
    signed = checkpoint(workspace)
    tamper(workspace, sa.delete(audit).where(audit.c.seq == 3), sa.update(audit_head).values(seq=2))
    rebuild(workspace)
    assert verify(workspace) == []
    assert verify(workspace, checkpoint=signed) == [("CHECKPOINT_AHEAD", 2)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"seq": 1}, "CHECKPOINT_SIGNATURE"),
        ({"hash": "00" * 32}, "CHECKPOINT_SIGNATURE"),
        ({"signature": "AAAA"}, "CHECKPOINT_SIGNATURE"),
        ({"signature": "not base64!"}, "CHECKPOINT_SIGNATURE"),
        ({"public_key": 5}, "CHECKPOINT_SIGNATURE"),
        ({"issuer": "other"}, "CHECKPOINT_ISSUER"),
        ({"format": "x"}, "CHECKPOINT_FORMAT"),
    ],
)
def test_a_changed_checkpoint_is_refused(workspace, change, code):
    record(workspace, "a", "b")
    assert verify(workspace, checkpoint={**checkpoint(workspace), **change}) == [(code, 0)]


def test_a_checkpoint_of_another_key_is_refused_where_one_is_trusted(workspace):
    record(workspace, "a")
    signed = checkpoint(workspace)
    before = checkpoints.public_keys(workspace.vault.folder)
    assert verify(workspace, checkpoint=signed, trusted_keys=before) == []
    workspace.vault.folder.add_version("audit-signing")
    after = checkpoints.public_keys(workspace.vault.folder)
    assert verify(workspace, checkpoint=signed, trusted_keys=after) == []
    assert verify(workspace, checkpoint=signed, trusted_keys=after - before) == [("CHECKPOINT_KEY", 0)]


def test_chains_of_issuers_are_apart(workspace):
    record(workspace, "a")
    with workspace.db.write() as conn:
        chain.append(
            conn, "other", workspace.clock.now(), [chain.Entry("engine", "e", Action.STAFF_CREATE, "staff", "x")]
        )
        assert head(conn, "other")[0] == head(conn, "default")[0] == 1
        assert checkpoints.verify(conn, "other") == []
