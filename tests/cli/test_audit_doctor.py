"""Runs the installed program: its JSON and exit status are the contract of docs on the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shiming.accounts.subjects import Subject
from shiming.audit.actions import Action
from shiming.audit.work import Workspace

PROGRAM = Path(sys.executable).with_name("shiming")


@pytest.fixture
def shiming(settings, tmp_path):
    """Runs ``shiming`` on this test's installation: (exit status, lines of JSON)."""

    def run(*words, **variables):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SHIMING_")}
        environment |= {"SHIMING_DATA": str(settings.data), **variables}
        done = subprocess.run(
            [PROGRAM, *words, "--json"], env=environment, capture_output=True, text=True, cwd=tmp_path
        )
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    return run


@pytest.fixture
def installation(settings, clock):
    """An installation with three audit entries."""
    opened = Workspace.open(settings, clock)
    for number in range(3):
        with opened.write() as work:
            work.record(Subject("engine", "engine", "default"), Action.STAFF_CREATE, "staff", str(number))
    yield opened
    opened.close()


def forge(installation):
    with installation.db.write() as conn:
        conn.exec_driver_sql("drop trigger audit_refuse_update")
        conn.exec_driver_sql("update audit set object_id = 'x' where seq = 2")


def test_audit_verify_says_whole(shiming, installation):
    status, [line] = shiming("audit", "verify")
    assert status == 0
    assert (line["issuer"], line["valid"], line["entries"], line["faults"], line["error"]) == (
        "default",
        True,
        3,
        [],
        None,
    )


def test_audit_verify_finds_a_forged_entry(shiming, installation):
    forge(installation)
    status, [line] = shiming("audit", "verify")
    assert status == 1
    assert [(fault["code"], fault["seq"]) for fault in line["faults"]] == [("CHANGED", 2)]


def test_audit_checkpoint_and_back(shiming, installation, tmp_path):
    kept = tmp_path / "checkpoint.json"
    status, [checkpoint] = shiming("audit", "checkpoint", "--output", str(kept))
    assert (status, checkpoint["seq"]) == (0, 3)
    assert shiming("audit", "verify", "--checkpoint", str(kept))[0] == 0
    kept.write_text(json.dumps({**checkpoint, "seq": 2}))
    status, [line] = shiming("audit", "verify", "--checkpoint", str(kept))
    assert (status, line["faults"][0]["code"]) == (1, "CHECKPOINT_SIGNATURE")


@pytest.mark.parametrize("content", [None, "no json", "[]"])
def test_an_unreadable_checkpoint_is_an_error(shiming, installation, tmp_path, content):
    if content is not None:
        (tmp_path / "c.json").write_text(content)
    status, [line] = shiming("audit", "verify", "--checkpoint", str(tmp_path / "c.json"))
    assert (status, line["error"]["code"]) == (1, "CHECKPOINT_UNREADABLE")


def test_without_an_installation_nothing_is_made(shiming, settings):
    status, [line] = shiming("audit", "verify")
    assert (status, line["error"]["code"]) == (1, "NO_INSTALLATION")
    shiming("doctor")
    assert not settings.data.exists()


def test_doctor_finds_a_fresh_installation_sound(shiming, installation):
    status, lines = shiming("doctor")
    items = {line["name"]: line for line in lines}
    assert [line for line in lines if line["state"] == "fault"] == []
    assert status == 0
    assert {"python", "database", "keys", "face comparison", "fonts", "calendar CN", "operator"} <= set(items)
    assert items["keys"]["state"] == items["database"]["state"] == "ok"
    assert items["operator"]["state"] == "lacks"
    assert "false-match rate" in items["face comparison"]["message"]
    assert all(line["cure"] for line in lines if line["state"] != "ok")


def test_doctor_refuses_wide_keys(shiming, installation, settings):
    (settings.keys / "master-1.key").chmod(0o644)
    status, lines = shiming("doctor")
    [keys] = [line for line in lines if line["name"] == "keys"]
    assert (status, keys["state"]) == (1, "fault")
    assert "chmod 600" in keys["message"]


def test_doctor_finds_lost_keys(shiming, installation, settings):
    with installation.write() as work:
        work.vault.new_key(work.conn, "default", "party")
    (settings.keys / "master-1.key").rename(settings.data / "lost.key")
    installation.vault.folder.add_version("master")
    status, lines = shiming("doctor")
    [keys] = [line for line in lines if line["name"] == "keys"]
    assert (status, keys["state"]) == (1, "fault")
    assert "do not open" in keys["message"]


def test_doctor_names_a_wrong_setting(shiming):
    status, [line] = shiming("doctor", SHIMING_VISION__PROCESSES="0")
    assert (status, line["state"]) == (1, "fault")
    assert "SHIMING_VISION__PROCESSES" in line["message"]


def test_wrong_usage_is_2(shiming):
    assert shiming("audit")[0] == 2
