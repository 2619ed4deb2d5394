import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from shiming.vault import KeyFolder, KeyFolderError


def test_the_first_start_makes_keys_only_the_owner_reads(tmp_path):
    folder = KeyFolder(tmp_path / "keys")
    made = folder.ensure("master")
    assert [len(secret) for secret in made.values()] == [32]
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()] == [0o600]
    assert KeyFolder(tmp_path / "keys").ensure("master") == made


def test_racing_first_starts_agree_on_one_key(tmp_path):
    folders = [KeyFolder(tmp_path / "keys") for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda folder: folder.ensure("master"), folders))
    assert all(keys == made[0] for keys in made)
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["master-1.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_wide_file_is_refused_with_the_cure(tmp_path, mode):
    folder = KeyFolder(tmp_path / "keys")
    folder.ensure("master")
    (tmp_path / "keys" / "master-1.key").chmod(mode)
    with pytest.raises(KeyFolderError, match="chmod 600"):
        folder.versions("master")


def test_a_wide_folder_is_refused_with_the_cure(tmp_path):
    KeyFolder(tmp_path / "keys")
    (tmp_path / "keys").chmod(0o755)
    with pytest.raises(KeyFolderError, match="chmod 700"):
        KeyFolder(tmp_path / "keys")


@pytest.mark.parametrize("content", [b"", b"dG9vIHNob3J0\n", b"\xff\xfe not base64"])
def test_a_damaged_key_is_refused(tmp_path, content):
    folder = KeyFolder(tmp_path / "keys")
    folder.ensure("master")
    (tmp_path / "keys" / "master-1.key").write_bytes(content)
    with pytest.raises(KeyFolderError, match="expected 32 secret bytes"):
        folder.versions("master")


def test_versions_are_kept_apart_by_name(tmp_path):
    folder = KeyFolder(tmp_path / "keys")
    folder.ensure("master")
    assert folder.add_version("master") == 2
    assert folder.add_version("blind") == 1
    assert set(folder.versions("master")) == {1, 2}
    assert folder.versions("audit") == {}
