"""``shiming new``: what it writes is a whole unit that passes its own test, the contract, and the linters."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_DUST = ("--measure", "raster", "--above", "30", "--unit", "peak", "--origin", "three pictures of the author's")
_NAME, _MODULE = "zz-library-card", "zz_library_card"


def _new(*words, into, kind="document"):
    program = [sys.executable, "-c", "import sys; from shiming.cli import main; sys.exit(main())"]
    command = [*program, "new", kind, *words, "--into", str(into), "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=_env(_ROOT))


def _env(root):
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(root / "src"), str(root)))}


def _link(source, target):
    """Files are linked, so that a copy costs nothing; what the command adds to is copied."""
    if source.endswith((".toml", ".po")):
        return shutil.copy2(source, target)
    Path(target).symlink_to(Path(source).resolve())
    return target


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    root = tmp_path_factory.mktemp("checkout")
    unwanted = shutil.ignore_patterns("__pycache__", "node_modules")
    for folder in ("src/shiming", "tests/checks", "tests/reading/documents", "tests/contract"):
        shutil.copytree(_ROOT / folder, root / folder, copy_function=_link, ignore=unwanted)
    for name in ("pyproject.toml", "tests/__init__.py", "tests/reading/__init__.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        _link(str(_ROOT / name), str(root / name))
    return root


@pytest.fixture(scope="module")
def written(checkout):
    done = _new(_NAME, "--title", 'The "Zenith" library card', "--chinese", "图书证", into=checkout)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_says_what_it_wrote_and_what_comes_next(checkout, written):
    assert written["error"] is None
    assert all((checkout / path).is_file() for path in written["files"])
    assert {
        f"src/shiming/reading/documents/{_MODULE}/{part}" for part in ("unit.py", "layout.toml", "sample.py")
    } <= set(written["files"])
    assert any(f"test_{_MODULE}.py" in step for step in written["next"])


def _tested(checkout, *tests):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=checkout, env=_env(checkout), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return re.search(r"\d+ passed", done.stdout)[0]


def test_the_unit_reads_what_it_draws_and_keeps_the_contract(checkout, written):
    tests = [f"tests/reading/documents/test_{_MODULE}.py", "tests/contract/test_units.py"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", _MODULE + " or " + _NAME, *tests]
    done = subprocess.run(command, cwd=checkout, env=_env(checkout), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout, "three of its own, two of the contract"


def test_the_linters_find_nothing(checkout, written):
    mine = [path for path in written["files"] if path.endswith(".py")]
    for check in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *check, *mine], cwd=checkout, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout
    sources = [path for path in mine if path.startswith("src/")]
    # Its own lines only: what they import is checked where it stands.
    command = [sys.executable, "-m", "mypy", "--follow-imports=skip", *sources]
    done = subprocess.run(command, cwd=checkout, env=_env(checkout), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_programme_that_has_no_mistake(checkout):
    done = _new("zz-library", "--country", "CN", "--title", "Library member", into=checkout, kind="programme")
    assert done.returncode == 0, done.stderr
    path = checkout / "src/shiming/programmes/zz-library.toml"
    program = [sys.executable, "-c", "import sys; from shiming.cli import main; sys.exit(main())"]
    told = subprocess.run(
        [*program, "programme", "check", str(path)], env=_env(checkout), capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout
    assert 'msgid "Library member"' in (checkout / "src/shiming/programmes/locale/zh_CN.po").read_text("utf-8")


def test_a_check_that_passes_its_own_test(checkout):
    done = _new("zz-dust", *_DUST, "--chinese", "镜头上有灰", into=checkout, kind="check")
    assert done.returncode == 0, done.stderr
    assert _tested(checkout, "tests/checks/test_zz_dust.py") == "3 passed"
    mine = [path for path in json.loads(done.stdout)["files"] if path.endswith(".py")]
    linted = subprocess.run(
        [sys.executable, "-m", "ruff", "check", *mine], cwd=checkout, capture_output=True, check=False
    )
    assert linted.returncode == 0, linted.stdout
    assert 'msgstr "镜头上有灰"' in (checkout / "src/shiming/registration/locale/zh_CN.po").read_text("utf-8")


def test_a_country_of_which_nothing_is_known(checkout):
    done = _new("lk", "--zone", "Asia/Colombo", into=checkout, kind="country")
    assert done.returncode == 0, done.stderr
    program = [sys.executable, "-c", "import sys; from shiming.cli import main; sys.exit(main())"]
    command = [*program, "policy", "explain", "--country", "LK", "--product", "sim", "--channel", "online", "--json"]
    told = subprocess.run(command, env=_env(checkout), capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    said = json.loads(told.stdout)
    assert (said["name"], said["required"], said["confirmed"]) == ("Sri Lanka", "unknown", False)
    assert _tested(checkout, "tests/contract/test_units.py", "-k", "has_dated_facts and LK") == "1 passed"


def test_nothing_is_written_over_or_outside_a_checkout(checkout, written, tmp_path):
    again = _new(_NAME, into=checkout)
    assert again.returncode == 1
    assert json.loads(again.stdout)["error"]["code"] == "NOT_WRITTEN"
    elsewhere = _new("zz-other", into=tmp_path)
    assert elsewhere.returncode == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("check", ["zz-dust", "--measure", "raster", "--above", "30", "--unit", "peak"]),
        ("check", ["zz-dust", *_DUST[:3], "nan", *_DUST[4:]]),
        ("check", ["zz-dust", "--measure", "a b", *_DUST[2:]]),
        ("country", ["lk"]),
        ("country", ["lk", "--zone", "Asia/Nowhere"]),
        ("country", ["zz", "--zone", "Asia/Colombo"]),
    ],
)
def test_wrong_usage_of_checks_and_countries(kind, words, tmp_path):
    assert _new(*words, into=tmp_path, kind=kind).returncode == 2


@pytest.mark.parametrize(
    "words", [["Library_Card"], ["../x"], ["zz-card", "--country", "ZZZ"], ["zz-card", "--title", "a\nb"]]
)
def test_wrong_usage(words, tmp_path):
    assert _new(*words, into=tmp_path).returncode == 2
