import itertools

import pytest
import sqlalchemy as sa

from shiming.platform.settings import Settings
from shiming.vault import KeyShreddedError, SealBrokenError, Vault
from shiming.vault.store import data_key

PLACE = {"issuer": "default", "table": "party", "column": "name", "row": "r1"}


@pytest.fixture
def vault(settings, clock):
    return Vault.open(settings, clock)


@pytest.fixture
def sealed(database, vault):
    """(key id, sealed value) of 李梅 at PLACE."""
    with database.write() as conn:
        key_id = vault.new_key(conn, "default", "party")
        return key_id, vault.seal(conn, key_id, **PLACE, value="李梅".encode())


def test_what_was_sealed_opens_where_it_belongs(database, vault, sealed):
    key_id, value = sealed
    assert "李梅".encode() not in value
    with database.read() as conn:
        assert vault.open_sealed(conn, key_id, **PLACE, sealed=value) == "李梅".encode()


@pytest.mark.parametrize("part", ["table", "column", "row"])
def test_it_opens_nowhere_else(database, vault, sealed, part):
    key_id, value = sealed
    with database.read() as conn, pytest.raises(SealBrokenError):
        vault.open_sealed(conn, key_id, **{**PLACE, part: "other"}, sealed=value)


def test_another_issuer_has_no_such_key(database, vault, sealed):
    key_id, value = sealed
    with database.read() as conn, pytest.raises(LookupError, match="issuer other"):
        vault.open_sealed(conn, key_id, **{**PLACE, "issuer": "other"}, sealed=value)


def test_parts_of_a_place_cannot_slide(database, vault):
    with database.write() as conn:
        key_id = vault.new_key(conn, "default", "party")
        value = vault.seal(conn, key_id, issuer="default", table="ab", column="c", row="r", value=b"x")
        with pytest.raises(SealBrokenError):
            vault.open_sealed(conn, key_id, issuer="default", table="a", column="bc", row="r", sealed=value)


def test_every_changed_byte_is_noticed(database, vault, sealed):
    key_id, value = sealed
    with database.read() as conn:
        for place in range(len(value)):
            changed = value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]
            with pytest.raises(SealBrokenError):
                vault.open_sealed(conn, key_id, **PLACE, sealed=changed)
        for length in range(len(value)):
            with pytest.raises(SealBrokenError):
                vault.open_sealed(conn, key_id, **PLACE, sealed=value[:length])


def test_sealing_twice_looks_different(database, vault):
    with database.write() as conn:
        key_id = vault.new_key(conn, "default", "party")
        both = {vault.seal(conn, key_id, **PLACE, value=b"x") for _ in range(2)}
    assert len(both) == 2
    assert {value[:3] for value in both} == {b"\x01\x00\x01"}


def test_json_survives(database, vault):
    value = {"名": ["李梅", None, 1.5, True]}
    with database.write() as conn:
        key_id = vault.new_key(conn, "default", "party")
        sealed = vault.seal_json(conn, key_id, **PLACE, value=value)
        assert vault.open_json(conn, key_id, **PLACE, sealed=sealed) == value


def test_shredding_is_for_good_and_only_for_that_key(database, vault, sealed, clock):
    key_id, value = sealed
    with database.write() as conn:
        other = vault.new_key(conn, "default", "party")
        kept = vault.seal(conn, other, **PLACE, value=b"kept")
        vault.shred(conn, key_id)
        vault.shred(conn, key_id)
    with database.read() as conn:
        with pytest.raises(KeyShreddedError, match="shredded"):
            vault.open_sealed(conn, key_id, **PLACE, sealed=value)
        row = conn.execute(sa.select(data_key).where(data_key.c.id == key_id)).one()
        assert (row.wrapped, row.shredded_at) == (None, clock.now())
        assert vault.open_sealed(conn, other, **PLACE, sealed=kept) == b"kept"


def test_rotation_rewraps_every_living_key(database, settings, clock, vault, sealed):
    key_id, value = sealed
    running_elsewhere = Vault.open(settings, clock)
    with database.write() as conn:
        gone = vault.new_key(conn, "default", "party")
        vault.shred(conn, gone)
        assert vault.rotate(conn) == 1
        assert conn.execute(sa.select(data_key.c.master_version).where(data_key.c.id == key_id)).scalar_one() == 2
    for each in (vault, running_elsewhere, Vault.open(settings, clock)):
        with database.read() as conn:
            assert each.open_sealed(conn, key_id, **PLACE, sealed=value) == "李梅".encode()
            assert each.proven(conn)


def test_without_the_old_master_key_rotated_values_still_open(database, settings, clock, vault, sealed):
    key_id, value = sealed
    with database.write() as conn:
        vault.rotate(conn)
    (settings.keys / "master-1.key").unlink()
    with database.read() as conn:
        assert Vault.open(settings, clock).open_sealed(conn, key_id, **PLACE, sealed=value) == "李梅".encode()


def test_a_strange_key_folder_is_noticed(database, tmp_path, clock, vault, sealed):
    stranger = Vault.open(Settings(data=tmp_path / "elsewhere"), clock)
    with database.read() as conn:
        assert vault.proven(conn)
        assert not stranger.proven(conn)


def test_blind_indexes_are_equal_in_a_scope_and_unrelated_across(vault, settings, clock, tmp_path):
    index = vault.blind("default:party:number", "cn-resident-id:CN:11010519491231002X")
    assert index == Vault.open(settings, clock).blind("default:party:number", "cn-resident-id:CN:11010519491231002X")
    assert (len(index), index[0]) == (33, 1)
    others = [
        vault.blind("other:party:number", "cn-resident-id:CN:11010519491231002X"),
        vault.blind("default:party:number", "cn-resident-id:CN:110105194912310021"),
        Vault.open(Settings(data=tmp_path / "elsewhere"), clock).blind(
            "default:party:number", "cn-resident-id:CN:11010519491231002X"
        ),
    ]
    assert all(one != other for one, other in itertools.combinations([index, *others], 2))


def test_old_blind_indexes_are_still_found_after_a_new_version(vault, settings, clock):
    before = vault.blind("s", "v")
    vault.folder.add_version("blind")
    reopened = Vault.open(settings, clock)
    assert reopened.blind("s", "v")[0] == 2
    assert reopened.blind_all("s", "v") == [reopened.blind("s", "v"), before]


def test_files_lie_encrypted_and_bound_to_their_row(database, settings, vault):
    picture = b"\xff\xd8 a picture of somebody" * 1000
    with database.write() as conn:
        key_id = vault.new_key(conn, "default", "evidence")
        file_id = vault.put_file(conn, key_id, issuer="default", row="e1", data=picture)
        assert vault.get_file(conn, key_id, issuer="default", row="e1", file_id=file_id) == picture
        with pytest.raises(SealBrokenError):
            vault.get_file(conn, key_id, issuer="default", row="e2", file_id=file_id)
    stored = [path for path in (settings.data / "files").rglob("*") if path.is_file()]
    assert len(stored) == 1
    assert b"somebody" not in stored[0].read_bytes()
    vault.delete_file(file_id)
    vault.delete_file(file_id)
    with database.read() as conn, pytest.raises(FileNotFoundError):
        vault.get_file(conn, key_id, issuer="default", row="e1", file_id=file_id)
