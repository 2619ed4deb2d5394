"""``shiming programme`` as installed: the list, a journey drawn, every mistake with line and cure."""

import json
import subprocess
import sys
from pathlib import Path

FAULTY = """extends = "carrier-5g"
title = "x"
promise_working_days = 0
evidence = "document-front and (selfi or face=maybe)"
checks = ["complete", "blurr"]
colour = "red"
"""


def shiming(*arguments):
    program = Path(sys.executable).with_name("shiming")
    return subprocess.run([program, "programme", *arguments], capture_output=True, text=True, check=False, timeout=120)


def test_the_twelve_programmes_are_listed():
    done = shiming("list", "--json")
    assert done.returncode == 0, done.stderr
    names = {json.loads(line)["programme"] for line in done.stdout.splitlines()}
    assert names >= {
        "carrier-5g", "carrier-prepaid", "mvno-handheld", "sim", "iot-sim", "bank-card", "transit-card", "electronic-id",
        "member-card", "campus-card", "social-security-card",
    }  # fmt: skip


def test_a_journey_is_drawn_in_the_readers_language(tmp_path):
    english, chinese = shiming("show", "carrier-prepaid"), shiming("show", "carrier-prepaid", "--language", "zh_CN")
    assert "● 1. Begin" in english.stdout
    assert "“激活” to 10690" in english.stdout
    assert "● 1. 开始" in chinese.stdout
    stops = json.loads(shiming("show", "bank-card", "--json").stdout)["stops"]
    assert "A second person must agree" in next(s for s in stops if s["title"] == "Decision")["lines"]
    picture = tmp_path / "way.svg"
    assert shiming("show", "carrier-prepaid", "--svg", str(picture)).returncode == 0
    assert picture.read_text("utf-8").startswith("<svg")


def test_every_mistake_is_told_with_line_and_cure(tmp_path):
    draft = tmp_path / "draft.toml"
    draft.write_text(FAULTY, "utf-8")
    done = shiming("check", "--json", str(draft), str(tmp_path / "absent.toml"))
    assert done.returncode == 1
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert [(fault["line"], fault["key"]) for fault in first["faults"]] == [
        (3, "promise_working_days"), (4, "evidence"), (4, "evidence"), (5, "blurr"), (6, "colour"),
    ]  # fmt: skip
    assert all(fault["message"] and fault["cure"] for fault in first["faults"])
    assert second["error"]["code"] == "FILE_UNREADABLE"


def test_a_text_that_is_no_toml_is_told_with_its_line(tmp_path):
    draft = tmp_path / "draft.toml"
    draft.write_text('title = "x"\nchecks = [\n', "utf-8")
    done = shiming("check", str(draft))
    assert done.returncode == 1
    assert ":2:" in done.stdout or ":3:" in done.stdout


def test_an_unknown_programme_is_wrong_usage():
    assert shiming("show", "nothing").returncode == 2
