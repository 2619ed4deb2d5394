"""``shiming staff`` as installed: a fresh installation gets its first people, whose passwords work and are shown once."""

import json
import subprocess
import sys
from pathlib import Path

from shiming.accounts import staff
from shiming.audit.work import Workspace
from shiming.platform.settings import Settings


def shiming(*arguments):
    program = Path(sys.executable).with_name("shiming")
    return subprocess.run([program, "staff", *arguments], capture_output=True, text=True, check=False, timeout=120)


def test_the_first_officer_of_a_fresh_installation(tmp_path):
    data = ("--data", str(tmp_path / "new"), "--json")
    added = json.loads(shiming("add", "lin", "--role", "officer", *data).stdout)
    again = shiming("add", "lin", "--role", "officer", *data)
    assert again.returncode == 1
    assert json.loads(again.stdout)["error"]["code"] == "STAFF"
    listed = [json.loads(line) for line in shiming("list", *data).stdout.splitlines()]
    assert listed == [{"username": "lin", "role": "officer", "active": True}]
    workspace = Workspace.open(Settings(data=tmp_path / "new"))
    assert staff.authenticate(workspace, "lin", added["password"]) is not None
    assert shiming("end", "lin", *data).returncode == 0
    assert staff.authenticate(workspace, "lin", added["password"]) is None
    workspace.close()


def test_an_unknown_role_is_wrong_usage():
    assert shiming("add", "lin", "--role", "king").returncode == 2
