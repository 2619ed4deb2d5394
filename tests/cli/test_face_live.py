"""``shiming face live``, as the installed program."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from shiming.reading.documents import portraits
from shiming.reading.models import find

pytestmark = pytest.mark.skipif(
    find("face-landmark-468") is None, reason="the face weights are not built: run `python build_weights.py`"
)
PROGRAM = Path(sys.executable).with_name("shiming")


def run(*args, cwd):
    done = subprocess.run([PROGRAM, "face", "live", *args], cwd=cwd, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def session(tmp_path):
    """A face that holds still: pictures of one person, a third of a second apart, and things that are no frames."""
    folder = tmp_path / "frames"
    folder.mkdir()
    for row in range(9):
        (folder / f"{row * 330}.jpg").write_bytes(portraits.selfie("collins", seed=row))
    (folder / "3300.jpg").write_bytes(b"\xff\xd8\xff no picture")
    (folder / "notes.txt").write_text("no frame")
    (tmp_path / "challenge.json").write_text('{"actions": ["turn-left", "nod"]}')
    with zipfile.ZipFile(tmp_path / "frames.zip", "w") as archive:
        for one in sorted(folder.iterdir()):
            archive.write(one, f"session/{one.name}")
    return tmp_path


def test_a_folder_and_a_zip_say_the_same(session):
    status, out, _ = run("frames", "--challenge", "challenge.json", "--json", cwd=session)
    assert status == 0
    answer = json.loads(out)
    assert list(answer) == [
        "frames",
        "decision",
        "actions",
        "measures",
        "reference",
        "audit",
        "hashes",
        "findings",
        "error",
        "elapsed_ms",
    ]
    assert answer["decision"] == "retry"
    assert answer["measures"]["frames"] == 10
    assert answer["measures"]["unreadable"] == 1
    assert [one["seen"] for one in answer["actions"]] == [False, False]
    failed = {found["code"] for found in answer["findings"] if found["outcome"] == "fail"}
    assert "LIVE_ACTION_MISSING" in failed
    assert (session / "frames" / answer["reference"]).is_file()
    zipped = json.loads(run("frames.zip", "--challenge", "challenge.json", "--json", cwd=session)[1])
    changing = ("frames", "elapsed_ms")
    assert {k: v for k, v in zipped.items() if k not in changing} == {
        k: v for k, v in answer.items() if k not in changing
    }


def test_words_say_what_to_do(session):
    status, out, _ = run("frames", "--challenge", "challenge.json", cwd=session)
    assert status == 0
    assert out.splitlines()[0] == "frames: retry"
    assert "turn-left: not seen in its turn" in out
    assert "LIVE_ACTION_MISSING fail: One of the movements was not seen. Do each movement clearly" in out


def test_what_holds_no_frames_is_an_error_and_what_is_no_challenge_wrong_usage(session):
    (session / "empty").mkdir()
    (session / "bad.zip").write_bytes(b"PK no archive")
    for name in ("empty", "bad.zip", "gone"):
        status, out, _ = run(name, "--challenge", "challenge.json", "--json", cwd=session)
        assert status == 1
        assert json.loads(out)["error"]["code"] == "FILE_UNREADABLE"
    (session / "wrong.json").write_text('{"actions": ["jump"]}')
    for name in ("wrong.json", "frames.zip", "gone.json"):
        status, _, told = run("frames", "--challenge", name, cwd=session)
        assert status == 2
        assert "--challenge" in told
