"""``shiming models``, as the installed program."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("shiming")


def run(*args, data, models=""):
    env = {**os.environ, "SHIMING_DATA": str(data), "SHIMING_MODELS": str(models)}
    done = subprocess.run([PROGRAM, "models", *args], env=env, cwd=data, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_list_names_licence_digests_and_measured_error(tmp_path):
    status, out, _ = run("list", "--json", data=tmp_path)
    lines = {line["name"]: line for line in map(json.loads, out.splitlines())}
    assert status == 0
    assert {
        "face-reidentification-retail-0095",
        "dlib-face-recognition-resnet-v1",
        "ppocr-v6-detection-small",
    } <= lines.keys()
    dlib = lines["dlib-face-recognition-resnet-v1"]
    assert dlib["measured"]["may_reject"] is False
    assert dlib["measured"]["match"]["false_non_match_rate"] > 0.1
    assert all(line["licence"] and line["training_data"] and line["files"] for line in lines.values())
    assert lines["ppocr-v6-detection-small"]["path"].endswith(".onnx")
    assert lines["face-reidentification-retail-0095"]["path"] is None


def test_list_in_words_says_that_dlib_only_refers(tmp_path):
    status, out, _ = run("list", data=tmp_path)
    assert status == 0
    assert "refers, never rejects" in out


def test_a_wrong_file_shows_and_fails(tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    for name in ("xml", "bin"):
        (folder / f"face-reidentification-retail-0095.{name}").write_bytes(b"wrong")
    status, out, _ = run("list", "--json", data=tmp_path, models=folder)
    line = json.loads(out.splitlines()[0])
    assert status == 1
    assert line["error"]["code"] == "MODEL_REFUSED"


def test_fetch_of_a_packaged_model_and_of_an_unknown_one(tmp_path):
    for name in ("face-landmark-468", "none-such"):
        status, out, _ = run("fetch", name, "--json", data=tmp_path)
        assert status == 1
        assert json.loads(out)["error"]["code"] == "MODEL_REFUSED"


def test_wrong_usage(tmp_path):
    assert run(data=tmp_path)[0] == 2
    assert run("add", "x", data=tmp_path)[0] == 2
