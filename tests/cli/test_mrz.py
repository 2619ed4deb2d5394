"""``shiming mrz`` as installed: a JSON line a block, exit status, and the words of its errors."""

from __future__ import annotations

import json
import subprocess
import sys

_PASSPORT = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10\n"
_CARD = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<\n"


def _run(text: str) -> tuple[int, list[dict[str, object]]]:
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from shiming.cli import main; sys.exit(main())", "mrz", "--json"],
        input=text, capture_output=True, text=True,
    )  # fmt: skip
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_a_block_is_a_line() -> None:
    status, lines = _run(f"{_PASSPORT}\n\n{_CARD}")
    assert status == 0
    assert [line["format"] for line in lines] == ["TD3", "TD1"]
    assert all(line["valid"] and line["error"] is None for line in lines)
    fields = lines[0]["fields"]
    assert isinstance(fields, dict)
    assert fields["number"]["value"] == "L898902C3"
    assert fields["date_of_birth"] == {
        "value": "1974-08-12", "raw": "740812", "confidence": 1.0, "source": "mrz", "box": None
    }  # fmt: skip


def test_wrong_is_an_answer_and_nonsense_an_error() -> None:
    status, lines = _run(_PASSPORT.replace("L898902C36", "L898902C35") + "\nnot a zone\n")
    assert status == 1
    assert lines[0]["valid"] is False
    assert lines[0]["checks"]["number"] is False  # type: ignore[index]
    assert lines[1]["error"]["code"] == "MRZ_FORMAT"  # type: ignore[index]
    assert _run(_PASSPORT.replace("L898902C36", "L898902C35"))[0] == 0
