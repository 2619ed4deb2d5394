import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from shiming.platform.settings import Settings


def test_defaults_make_an_embedded_installation(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("SHIMING_DATA", "SHIMING_DATABASE_URL", "SHIMING_MODELS"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings()
    assert settings.database == f"sqlite:///{tmp_path / 'var' / 'shiming.sqlite'}"
    assert (settings.operator.kind, settings.sms.kind, settings.smtp.host) == ("stand-in", "sink", None)
    assert settings.address == "http://127.0.0.1:8000"


def test_groups_are_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("SHIMING_DATA", "/srv/shiming")
    monkeypatch.setenv("SHIMING_SMS__KIND", "http")
    monkeypatch.setenv("SHIMING_SMS__TOKEN", "hidden")
    monkeypatch.setenv("SHIMING_VISION__MEMORY_MB", "2000")
    settings = Settings()
    assert settings.data == Path("/srv/shiming")
    assert settings.sms.kind == "http"
    assert settings.vision.memory_mb == 2000
    assert "hidden" not in repr(settings)


def test_a_wrong_value_is_named(monkeypatch):
    monkeypatch.setenv("SHIMING_VISION__PROCESSES", "0")
    with pytest.raises(ValidationError, match=r"vision\.processes"):
        Settings()


def test_the_data_folder_is_the_owners(tmp_path):
    settings = Settings(data=tmp_path / "deep" / "data")
    settings.prepare()
    assert stat.S_IMODE(settings.data.stat().st_mode) == 0o700
