"""``shiming face compare``, as the installed program."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from shiming.reading.documents import portraits
from shiming.reading.models import find

pytestmark = pytest.mark.skipif(
    find("face-landmark-468") is None, reason="the face weights are not built: run `python build_weights.py`"
)
PROGRAM = Path(sys.executable).with_name("shiming")


def run(*args, cwd):
    done = subprocess.run([PROGRAM, "face", "compare", *args], cwd=cwd, capture_output=True, text=True, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.fixture
def pictures(tmp_path):
    (tmp_path / "a.jpg").write_bytes(portraits.selfie("collins", seed=1))
    (tmp_path / "b.jpg").write_bytes(portraits.selfie("collins", seed=2))
    (tmp_path / "c.jpg").write_bytes(portraits.selfie("hopper"))
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff no picture")
    return tmp_path


def test_pairs_are_answered_in_order_and_a_bad_file_ends_nothing(pictures):
    lines = ["a.jpg\tb.jpg", "a.jpg\tc.jpg\t0", "bad.jpg\ta.jpg", "a.jpg\tgone.jpg", "", "a.jpg", "b.jpg\tc.jpg"]
    (pictures / "pairs.tsv").write_text("\n".join(lines))
    status, answers, _ = run("--pairs", pictures / "pairs.tsv", "--json", cwd="/")
    assert status == 1
    assert [(a["a"], a["b"]) for a in answers] == [
        ("a.jpg", "b.jpg"),
        ("a.jpg", "c.jpg"),
        ("bad.jpg", "a.jpg"),
        ("a.jpg", "gone.jpg"),
        ("a.jpg", ""),
        ("b.jpg", "c.jpg"),
    ]
    assert [a["outcome"] for a in answers] == ["match", "no-match", None, None, None, "no-match"]
    assert [a["error"]["code"] if a["error"] else None for a in answers] == [
        None,
        None,
        "IMG_CORRUPT",
        "FILE_UNREADABLE",
        "FILE_UNREADABLE",
        None,
    ]


def test_the_line_of_the_contract(pictures):
    status, (answer,), _ = run("a.jpg", "b.jpg", "--json", cwd=pictures)
    assert status == 0
    assert list(answer) == [
        "a",
        "b",
        "similarity",
        "outcome",
        "threshold",
        "thresholds",
        "false_match_rate",
        "model",
        "error",
        "elapsed_ms",
    ]
    assert answer["threshold"] == answer["thresholds"]["match"] > answer["thresholds"]["uncertain"]
    assert answer["false_match_rate"] == 1e-4
    assert len(answer["model"]["sha256"]) == 64


def test_an_unknown_model_is_an_error_of_each_pair(pictures):
    (pictures / "pairs.tsv").write_text("a.jpg\tb.jpg\nb.jpg\ta.jpg\n")
    status, answers, _ = run("--pairs", "pairs.tsv", "--model", "none-such", "--json", cwd=pictures)
    assert status == 1
    assert [a["error"]["code"] for a in answers] == ["MODEL_REFUSED"] * 2


@pytest.mark.parametrize(
    "args", [[], ["a.jpg"], ["a.jpg", "b.jpg", "c.jpg"], ["a.jpg", "b.jpg", "--pairs", "x"], ["--pairs", "x"]]
)
def test_wrong_usage(pictures, args):
    status, answers, text = run(*args, cwd=pictures)
    assert (status, answers) == (2, [])
    assert "usage" in text
