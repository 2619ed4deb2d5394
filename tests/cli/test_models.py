"""``shiming models``, as the installed program."""

import json
import os
import subprocess
import sys
from pathlib import Path

from shiming.reading.documents import portraits
from tests.reading.models import tiny

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


def own(folder, *, non_commercial=False):
    (folder / "tiny.onnx").write_bytes(tiny.onnx())
    text = tiny.manifest("tiny", "onnx", {"tiny.onnx": tiny.onnx()}, non_commercial=non_commercial)
    (folder / "tiny.toml").write_text(text)
    return "add", "tiny.onnx", "--manifest", "tiny.toml"


def test_an_operators_own_embedding_is_taken_listed_and_compares(tmp_path):
    status, _, text = run(*own(tmp_path), data=tmp_path)
    assert status == 0, text
    _, out, _ = run("list", "--json", data=tmp_path)
    line = next(line for line in map(json.loads, out.splitlines()) if line["name"] == "tiny")
    assert line["used_for"] == "compares a selfie with a portrait"
    assert [rate["false_match_rate"] for rate in line["measured"]["rates"]] == [1e-3, 1e-4]
    (tmp_path / "a.jpg").write_bytes(portraits.selfie(portraits.names()[0], seed=1))
    env = {**os.environ, "SHIMING_DATA": str(tmp_path), "SHIMING_MODELS": ""}
    done = subprocess.run(
        [PROGRAM, "face", "compare", "a.jpg", "a.jpg", "--model", "tiny", "--json"],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    answer = json.loads(done.stdout)
    assert answer["model"] == {"name": "tiny", "sha256": line["files"][0]["sha256"]}
    assert (answer["outcome"], answer["threshold"]) == ("match", 0.9)


def test_non_commercial_terms_need_words_and_a_name(tmp_path):
    add = own(tmp_path, non_commercial=True)
    for extra in ([], ["--accept-non-commercial", "for a study"], ["--accepted-by", "R. Oe"]):
        status, out, _ = run(*add, *extra, "--json", data=tmp_path)
        assert (status, json.loads(out)["error"]["code"]) == (1, "MODEL_REFUSED")
    status, out, _ = run(
        *add, "--accept-non-commercial", "for a study", "--accepted-by", "R. Oe", "--json", data=tmp_path
    )
    said = json.loads(out)["acceptance"]
    assert (status, said["by"], said["text"]) == (0, "R. Oe", "for a study")
    assert "accepted by R. Oe" in run("list", data=tmp_path)[1]


def test_the_passive_nets_say_what_is_not_known_of_them(tmp_path):
    _, out, _ = run("list", "--json", data=tmp_path)
    nets = [line for line in map(json.loads, out.splitlines()) if line["role"] == "spoof-signal"]
    assert len(nets) == 2
    assert all("not disclosed" in line["training_data"] and "only warns" in line["used_for"] for line in nets)
    assert all(line["path"] is None and line["obtained"] for line in nets)


def test_wrong_usage(tmp_path):
    assert run(data=tmp_path)[0] == 2
    assert run("add", "x", data=tmp_path)[0] == 2
