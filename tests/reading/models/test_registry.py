"""The model registry: complete entries, digests enforced, terms respected, files fetched and added."""

import hashlib
import importlib.util
from pathlib import Path

import httpx2
import pytest

from shiming.reading.models import ModelRefused, find, model, models
from shiming.reading.models.keeping import add, fetch
from shiming.reading.models.manifest import parse

REID = "face-reidentification-retail-0095"


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    """Own data folder and own model folder, both empty."""
    monkeypatch.setenv("SHIMING_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SHIMING_MODELS", str(tmp_path / "models"))
    (tmp_path / "models").mkdir()
    return tmp_path


def manifest(name, data, *, non_commercial=False):
    return f"""
[{name}]
role = "face-detection"
title = "A model of one's own"
licence = "some"
training_data = "own"
non_commercial = {str(non_commercial).lower()}
origin = "https://example.org/"
format = "onnx"

[[{name}.files]]
name = "{name}.onnx"
sha256 = "{hashlib.sha256(data).hexdigest()}"
"""


def test_every_entry_says_what_it_is_and_where_it_comes_from():
    for entry in models().values():
        assert entry.licence
        assert entry.training_data
        assert entry.origin.startswith("https://")
        assert not entry.non_commercial
        for file in entry.files:
            assert len(file.sha256) == 64
            assert file.url is None or file.url.startswith("https://")


def test_face_models_name_set_command_and_ordered_error_rates():
    faces = [entry.face for entry in models().values() if entry.face]
    assert len(faces) == 2
    for face in faces:
        assert face.match.similarity > face.uncertain.similarity
        assert face.match.false_match_rate < face.uncertain.false_match_rate
        assert face.match.false_non_match_rate > face.uncertain.false_non_match_rate
        assert "Labeled Faces in the Wild" in face.measured_on
        assert face.command.startswith("make bench-faces")


def test_the_build_takes_the_files_the_registry_names():
    path = Path(__file__).parents[3] / "build_weights.py"
    spec = importlib.util.spec_from_file_location("build_weights", path)
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    known = {file.name: file.sha256 for entry in models().values() for file in entry.files}
    assert build.FILES.items() <= known.items()
    assert not any("68" in name for name in build.FILES)


def test_a_file_of_another_digest_is_refused_by_name(folders):
    for file in model(REID).files:
        (folders / "models" / file.name).write_bytes(b"something else")
    with pytest.raises(ModelRefused) as refused:
        find(REID)
    assert model(REID).files[0].sha256 in str(refused.value)
    assert hashlib.sha256(b"something else").hexdigest() in str(refused.value)


def test_a_changed_file_is_noticed_in_the_same_process(folders):
    data = b"weights"
    (folders / "own.toml").write_text(manifest("own", data))
    (folders / "own.onnx").write_bytes(data)
    add(folders / "own.onnx", folders / "own.toml")
    path = find("own")
    assert path is not None
    path.write_bytes(b"other weights")
    with pytest.raises(ModelRefused):
        find("own")


def test_half_a_model_is_none(folders):
    (folders / "models" / model(REID).files[0].name).write_bytes(b"only the first of two")
    assert find(REID) is None


def test_an_unknown_name_is_refused():
    with pytest.raises(ModelRefused, match="not in the registry"):
        find("nothing-of-the-kind")


def test_an_added_file_must_be_the_one_its_manifest_names(folders):
    (folders / "own.toml").write_text(manifest("own", b"expected"))
    (folders / "own.onnx").write_bytes(b"got")
    with pytest.raises(ModelRefused, match="expected SHA-256"):
        add(folders / "own.onnx", folders / "own.toml")


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../b"])
def test_a_manifest_cannot_leave_its_folder(name):
    text = manifest("own", b"x").replace('name = "own.onnx"', f'name = "{name}"')
    with pytest.raises(ModelRefused, match="plain relative path"):
        parse(text, "own.toml")


def test_fetch_refuses_what_is_not_the_file(folders):
    client = httpx2.Client(transport=httpx2.MockTransport(lambda request: httpx2.Response(200, content=b"not it")))
    with pytest.raises(ModelRefused, match="the file was not kept"):
        fetch(REID, lambda line: None, client)
    assert not list((folders / "data" / "models").iterdir())


def test_fetch_tells_how_far_it_is_with_and_without_a_known_size(folders):
    data = bytes(1_000_000)
    for name, sized in (("own", True), ("other", False)):
        text = manifest(name, data).rstrip() + f'\nurl = "https://example.org/{name}.onnx"\n'
        (folders / "own.toml").write_text(text)
        (folders / f"{name}.onnx").write_bytes(data)
        add(folders / f"{name}.onnx", folders / "own.toml")
        (folders / "data" / "models" / f"{name}.onnx").unlink()
        blocks = [data[at : at + 50_000] for at in range(0, len(data), 50_000)]

        def answer(request, sized=sized, blocks=blocks):
            headers = {"content-length": str(len(data))} if sized else {}
            return httpx2.Response(200, headers=headers, content=iter(blocks))

        told = []
        fetch(name, told.append, httpx2.Client(transport=httpx2.MockTransport(answer)))
        steps = [line for line in told if " MB" in line]
        assert len(steps) == (10 if sized else 0)
        assert told[-1].endswith("kept")
        assert not sized or steps[4] == "own.onnx: 0.5 of 1.0 MB"


def test_a_model_without_address_says_how_to_get_it():
    with pytest.raises(ModelRefused, match="conversion to ONNX"):
        fetch("minifasnet-v2", lambda line: None)


def test_fetch_says_what_failed():
    client = httpx2.Client(transport=httpx2.MockTransport(lambda request: httpx2.Response(404)))
    with pytest.raises(ModelRefused, match="404"):
        fetch(REID, lambda line: None, client)
    with pytest.raises(ModelRefused, match="comes with"):
        fetch("face-landmark-468", lambda line: None)


def test_fetch_keeps_the_right_file_and_asks_only_once(folders):
    data = b"weights"
    text = manifest("own", data).rstrip() + '\nurl = "https://example.org/own.onnx"\n'
    (folders / "own.toml").write_text(text)
    (folders / "own.onnx").write_bytes(data)
    add(folders / "own.onnx", folders / "own.toml")
    kept = folders / "data" / "models" / "own.onnx"
    kept.unlink()
    asked = []

    def answer(request):
        asked.append(str(request.url))
        return httpx2.Response(200, content=data)

    for _ in range(2):
        client = httpx2.Client(transport=httpx2.MockTransport(answer))
        assert fetch("own", lambda line: None, client) == kept
    assert kept.read_bytes() == data
    assert asked == ["https://example.org/own.onnx"]
