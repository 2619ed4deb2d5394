"""An operator's own embedding: each format runs as its manifest says, and what it does not say truly is refused."""

import dataclasses

import numpy as np
import pytest

from shiming.reading.models import ModelRefused, find, model, models
from shiming.reading.models.keeping import acceptance, add
from shiming.reading.models.manifest import parse
from shiming.reading.vision.face_template import embedder, try_out
from tests.reading.models import tiny

FORMATS = ("onnx", "openvino-ir", "tflite")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SHIMING_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SHIMING_MODELS", str(tmp_path / "models"))
    embedder.cache_clear()
    yield tmp_path
    embedder.cache_clear()


def written(folder, fmt, **template):
    """The model's first file and its manifest, in ``folder``."""
    if fmt == "openvino-ir":
        tiny.openvino_ir(folder)
        names = ["tiny.xml", "tiny.bin"]
    else:
        names = [f"tiny.{fmt}"]
        (folder / names[0]).write_bytes(getattr(tiny, fmt)())
    files = {name: (folder / name).read_bytes() for name in names}
    (folder / "tiny.toml").write_text(tiny.manifest("tiny", fmt, files, **template))
    return folder / names[0], folder / "tiny.toml"


def chip():
    """One colour everywhere: blue 10, green 20, red 30."""
    return np.full((tiny.SIDE, tiny.SIDE, 3), (10, 20, 30), np.uint8)


@pytest.mark.parametrize("fmt", FORMATS)
def test_each_format_is_taken_and_sees_colours_in_the_order_of_its_manifest(folder, fmt):
    entry = add(*written(folder, fmt), trial=try_out)
    assert find("tiny") is not None
    chosen = embedder("tiny")
    assert chosen.vector(chip()) == pytest.approx([30, 20, 10], abs=1e-3)
    assert chosen.sha256 == entry.files[-1].sha256


@pytest.mark.parametrize("fmt", FORMATS)
def test_mean_and_scale_go_by_channel(folder, fmt):
    add(*written(folder, fmt, colour='"BGR"', mean="[10.0, 10.0, 10.0]", scale="[1.0, 0.5, 0.25]"), trial=try_out)
    assert embedder("tiny").vector(chip()) == pytest.approx([0, 5, 5], abs=1e-3)


def test_the_metric_is_the_manifests(folder):
    add(*written(folder, "onnx"), trial=try_out)
    cosine = embedder("tiny")
    distance = dataclasses.replace(cosine.face, metric="1 - euclidean distance")
    a, b = np.array([3.0, 0, 0], np.float32), np.array([0, 4.0, 0], np.float32)
    assert cosine.similarity(a / 3, b / 4) == 0.0
    cosine.face = distance
    assert cosine.similarity(a, b) == pytest.approx(1.0 - 5.0)


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize(
    ("template", "said"),
    [({"dimensions": 128}, "expected 128 dimensions"), ({"size": 16}, "takes 16 x 16 pixels")],
)
def test_a_manifest_that_the_network_does_not_keep_is_refused_and_nothing_is_kept(folder, fmt, template, said):
    with pytest.raises(ModelRefused, match=said):
        add(*written(folder, fmt, **template), trial=try_out)
    assert "tiny" not in models()


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_file_that_is_no_network_is_refused(folder, fmt):
    name = {"openvino-ir": "tiny.xml"}.get(fmt, f"tiny.{fmt}")
    (folder / name).write_bytes(b"no network")
    (folder / "tiny.toml").write_text(tiny.manifest("tiny", fmt, {name: b"no network"}))
    with pytest.raises(ModelRefused, match=f"in the format {fmt}"):
        add(folder / name, folder / "tiny.toml", trial=try_out)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('colour = "RGB"', 'colour = "YUV"'), "expected a colour"),
        (('metric = "cosine"', 'metric = "manhattan"'), "expected a metric"),
        (("points = [[0.31, 0.46], ", "points = ["), "expected 5 points"),
        (("match = 1e-4", "match = 1e-5"), "not among the measured rates"),
        (("similarity = 0.9", "similarity = 0.4"), "from the loosest to the strictest"),
        (('format = "onnx"', 'format = "pickle"'), "expected a format"),
        (('role = "face-embedding"', 'role = "face-reader"'), "expected a role"),
    ],
)
def test_a_manifest_says_what_is_wrong_with_it(change, said):
    text = tiny.manifest("tiny", "onnx", {"tiny.onnx": b""}).replace(*change)
    with pytest.raises(ModelRefused, match=said):
        parse(text, "tiny.toml")


def test_a_chip_need_not_be_square():
    (entry,) = parse(tiny.manifest("tiny", "onnx", {"tiny.onnx": b""}, size="[96, 112]"), "tiny.toml")
    assert (entry.face.width, entry.face.height) == (96, 112)


WORDS = 'Only for a study at the university.\n"No" customers: 仅用于研究 \U0001f600'


def test_non_commercial_terms_are_accepted_in_writing_and_the_writing_is_kept(folder):
    file, manifest = written(folder, "onnx")
    manifest.write_text(manifest.read_text().replace("non_commercial = false", "non_commercial = true"))
    with pytest.raises(ModelRefused, match="in writing"):
        add(file, manifest, trial=try_out)
    assert "tiny" not in models()
    add(file, manifest, accepted=acceptance("R. Oe", WORDS), trial=try_out)
    said = model("tiny").acceptance
    assert (said.by, said.text) == ("R. Oe", WORDS)
    assert said.at.endswith("+00:00")
    assert find("tiny") is not None


@pytest.mark.parametrize(("by", "text"), [("", "words"), ("name", "  "), (" ", "")])
def test_an_acceptance_without_name_or_words_is_none(by, text):
    with pytest.raises(ModelRefused, match="in writing only"):
        acceptance(by, text)


def test_a_mere_yes_in_the_manifest_is_no_acceptance(folder):
    text = tiny.manifest("tiny", "onnx", {"tiny.onnx": b""}, non_commercial=True)
    with pytest.raises(ModelRefused, match="KeyError"):
        parse(text + "\n[tiny.acceptance]\nnon_commercial = true\n", "tiny.toml")
