from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from shiming.accounts import api_keys, sessions, staff
from shiming.accounts.store import api_key
from shiming.accounts.store import staff as staff_table
from shiming.accounts.subjects import Subject

SYSTEM = Subject("engine", "engine", "default")
REAL = staff._NOBODY
PASSWORD = "correct horse battery"


@pytest.fixture
def reviewer(workspace):
    with workspace.write() as work:
        return staff.create(work, SYSTEM, "Wang.Fang", PASSWORD, "reviewer", "王芳")


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """Real hashing takes a tenth of a second, by design; these tests hash some hundred times."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(staff, "_HASHER", hasher)
    monkeypatch.setattr(staff, "_NOBODY", hasher.hash("a password nobody has"))


def test_the_real_hash_keeps_to_rfc_9106():
    assert REAL.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def in_one_unit(workspace, username, password):
    with workspace.write() as work:
        return staff.sign_in(work, username, password)


@pytest.fixture(params=[in_one_unit, staff.authenticate], ids=["sign_in", "authenticate"])
def way(request):
    """The two ways to sign in, which must answer alike."""
    return request.param


def sign_in(workspace, password=PASSWORD, username="wang.fang", way=staff.authenticate):
    return way(workspace, username, password)


def test_signing_in_gives_the_role(workspace, reviewer):
    token = sign_in(workspace, username=" WANG.fang ")
    assert sessions.authenticate(workspace, token) == Subject("reviewer", reviewer, "default")
    with workspace.read() as work:
        assert staff.get(work, reviewer) == staff.Member(reviewer, "wang.fang", "王芳", "reviewer", True)
        assert staff.find(work, "Wang.Fang").id == reviewer
        assert [member.id for member in staff.all_of(work)] == [reviewer]


def test_names_and_passwords_are_not_in_clear(workspace, reviewer):
    with workspace.read() as work:
        row = work.conn.execute(sa.select(staff_table)).one()
    text = repr(row._asdict()) + row.profile_sealed.decode("latin-1")
    assert row.password_hash.startswith("$argon2id$")
    assert PASSWORD not in text
    assert "wang" not in text.lower()


def test_wrong_passwords_and_unknown_names_answer_alike(workspace, reviewer, way):
    assert sign_in(workspace, "wrong password here", way=way) is None
    assert sign_in(workspace, username="nobody", way=way) is None


def test_five_wrong_passwords_lock_for_a_while(workspace, reviewer, clock, way):
    for _ in range(5):
        assert sign_in(workspace, "wrong password here", way=way) is None
    assert sign_in(workspace, way=way) is None
    clock.advance(timedelta(minutes=15))
    assert sign_in(workspace, way=way) is not None


def test_a_right_password_forgives_the_wrong_ones(workspace, reviewer, way):
    for _ in range(3):
        for _ in range(4):
            sign_in(workspace, "wrong password here", way=way)
        assert sign_in(workspace, way=way) is not None


def test_racing_wrong_guesses_lock_too(workspace, reviewer):
    with ThreadPoolExecutor(5) as pool:
        assert set(pool.map(lambda _: sign_in(workspace, "wrong password here"), range(5))) == {None}
    assert sign_in(workspace) is None


def test_staff_sessions_are_shorter(workspace, reviewer, clock):
    token = sign_in(workspace)
    clock.advance(timedelta(minutes=15))
    assert sessions.authenticate(workspace, token) is None


def test_who_leaves_is_out_at_once(workspace, reviewer):
    token = sign_in(workspace)
    with workspace.write() as work:
        staff.deactivate(work, SYSTEM, reviewer)
    assert sessions.authenticate(workspace, token) is None
    assert sign_in(workspace) is None


@pytest.mark.parametrize(
    ("username", "password", "role", "message"),
    [
        ("other", PASSWORD, "holder", "expected a role"),
        ("other", "too short", "clerk", "expected a password of 15"),
        ("WANG.FANG", PASSWORD, "clerk", "expected a new username"),
    ],
)
def test_what_cannot_be_created(workspace, reviewer, username, password, role, message):
    with workspace.write() as work, pytest.raises(ValueError, match=message):
        staff.create(work, SYSTEM, username, password, role, "x")


def test_api_keys_work_until_revoked(workspace):
    with workspace.write() as work:
        key_id, key = api_keys.create(work, SYSTEM, "billing")
    with workspace.read() as work:
        assert api_keys.resolve(work, key) == Subject("service", key_id, "default")
        assert api_keys.resolve(work, key + "x") is None
        assert key not in repr(work.conn.execute(sa.select(api_key)).one())
        assert [(one.name, one.revoked_at) for one in api_keys.all_of(work)] == [("billing", None)]
    with workspace.write() as work:
        api_keys.revoke(work, SYSTEM, key_id)
        api_keys.revoke(work, SYSTEM, key_id)
        assert api_keys.resolve(work, key) is None
        with pytest.raises(LookupError):
            api_keys.revoke(work, SYSTEM, "nothing")
