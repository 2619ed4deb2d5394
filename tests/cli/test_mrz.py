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


def _message(text: str) -> str:
    status, lines = _run(text)
    assert status == 1
    assert len(lines) == 1
    assert lines[0]["format"] is None
    assert lines[0]["fields"] == {}
    return lines[0]["error"]["message"]  # type: ignore[index, no-any-return]


def test_errors_say_what_was_expected_what_was_got_and_where() -> None:
    first, second = _PASSPORT.splitlines()
    assert _message(f"{first.lower()}\n{second}") == "line 1, column 1: expected A-Z, 0-9 or <, got 'p'"
    assert _message(f"{first}\n{second[:9]} {second[10:]}") == "line 2, column 10: expected A-Z, 0-9 or <, got ' '"
    assert _message(f"{first}\n{second[:20]}\u00ab{second[21:]}").endswith("got '\u00ab'")
    assert (
        _message(f"{first}\n{second[:-1]}")
        == "expected 2 lines of 44 characters each, got 2 lines of 44 + 43 characters"
    )
    assert _message(first).startswith("expected 3 lines of 30 characters, or 2 of 36, or 2 of 44, got 1 line of 44")
    assert (
        _message("\n".join([first] * 3))
        == "expected 3 lines of 30 characters each, got 3 lines of 44 + 44 + 44 characters"
    )
    assert _message("") == "expected the lines of a machine-readable zone, got no text"


def test_windows_line_ends_a_mark_and_blanks_around_lines_do_not_matter() -> None:
    status, lines = _run("\ufeff" + _PASSPORT.replace("\n", "  \r\n") + " \r\n" + _CARD)
    assert (status, [line["valid"] for line in lines]) == (0, [True, True])


def test_the_older_french_card() -> None:
    status, lines = _run("IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<\n8806923102858CORINNE<<<<<<<6512068F6")
    assert (status, lines[0]["format"], lines[0]["valid"]) == (0, "TD2-FRA", True)
    fields = lines[0]["fields"]
    assert isinstance(fields, dict)
    assert {k: f["value"] for k, f in fields.items()} == {
        "surname": "BERTHIER", "given_names": "CORINNE", "name": "BERTHIER CORINNE", "sex": "F", "issuing_country": "FRA",
        "nationality": "FRA", "date_of_birth": "1965-12-06", "number": "880692310285",
    }  # fmt: skip
