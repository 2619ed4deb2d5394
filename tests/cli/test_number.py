"""``shiming number`` as installed: stable JSON, answers in the order of the inputs, exit status."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


def shiming(*arguments):
    program = Path(sys.executable).with_name("shiming")
    return subprocess.run([program, "number", *arguments], capture_output=True, text=True, check=False, timeout=120)


def answers(kind, *values):
    done = shiming(kind, "--json", *values)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(set(line) == {"kind", "value", "valid", "reason", "details"} for line in lines)
    return lines


def reasons(kind, *values):
    return [line["reason"] for line in answers(kind, *values)]


def test_iccid():
    good = ["8986009900000000004", "8988219000000117833", "89445310150011013678", "89 8600-9900 0000 0000 4F"]
    assert reasons("iccid", *good) == [None] * 4
    bad = ["8986009900000000005", "1122334455667788990", "89860099", "898600990000000000x"]
    assert reasons("iccid", *bad) == ["checksum", "format", "length", "format"]
    (doubtful,) = answers("iccid", "89445310150011013679")
    assert doubtful["valid"]
    assert doubtful["details"] == {"digits": 20, "check_digit": False, "issued_in": "GB"}


def test_imei():
    good = ["49-015420-323751", "35-209900-176148-1", "35-209900-176148-23", "354178036859789"]
    assert reasons("imei", *good) == [None] * 4
    assert reasons("imei", "354178036859782", "35417803685978X", "123") == ["checksum", "format", "length"]


def test_msisdn():
    lines = answers("msisdn", "+86 138 0013 8000", "8613800138000", "+1 650-253-0000", "+86 1", "abc")
    assert [line["valid"] for line in lines] == [True, True, True, False, False]
    assert lines[0]["value"] == lines[1]["value"] == "+8613800138000"
    assert lines[0]["details"] == {"country": "CN", "type": "mobile"}
    done = shiming("msisdn", "--json", "--country", "CN", "13800138000")
    assert json.loads(done.stdout)["value"] == "+8613800138000"


def test_resident_id_in_words():
    done = shiming("cn-resident-id", "11010519491231002X", "110105194912310021")
    assert done.returncode == 0
    first, second = done.stdout.splitlines()
    assert first.startswith("11010519491231002X: valid")
    assert "checksum" in second


def test_list_names_all_kinds():
    assert {"iccid", "imei", "msisdn", "cn-resident-id"} <= set(shiming("--list").stdout.split())


@pytest.mark.parametrize("arguments", [(), ("iccid",), ("nothing", "1")])
def test_wrong_usage_exits_with_2(arguments):
    done = shiming(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""


@pytest.mark.testdata
def test_published_vectors():
    folder = os.environ.get("SHIMING_TESTDATA")
    if not folder:
        pytest.skip("SHIMING_TESTDATA is not set")
    imeis = next(Path(folder).glob("iccid-imei-eid/*stdnum/tests/test_imei.doctest")).read_text("utf-8")
    good = re.findall(r"imei\.validate\('([^']+)'\)\n'", imeis)
    assert len(good) >= 5
    assert reasons("imei", *good) == [None] * len(good)
    cards = next(Path(folder).glob("iccid-imei-eid/*pysim/tests/card_sanitizer/card_data.csv")).read_text("utf-8")
    printed = re.findall(r"^(89\d+),", cards, re.M)
    assert len(printed) >= 4
    assert reasons("iccid", *printed) == [None] * len(printed)


def test_numbers_of_chips_payment_cards_and_activation_codes():
    good = "89882119900000000000000000001654"
    (eid,) = answers("eid", good)
    assert (eid["valid"], eid["details"]["check_digits"]) == (True, "54")
    assert reasons("eid", good[:-1] + "5", good[:-1], "89x") == ["checksum", "length", "format"]
    assert reasons("pan", "4111 1111 1111 1111", "4111111111111112", "1", "0" * 16) == [
        None,
        "checksum",
        "length",
        "checksum",
    ]
    codes = answers("lpa", "LPA:1$smdp.example.com$AB-1$1.3.6.1$1", "1$smdp.example.com$", "LPA:1$$AB", "LPA:1$a b$c")
    assert [code["reason"] for code in codes] == [None, None, "format", "format"]
    assert codes[0]["details"] == {
        "smdp": "smdp.example.com",
        "matching_id": "AB-1",
        "oid": "1.3.6.1",
        "confirmation_code_required": True,
    }


def test_the_list_names_country_and_document_of_every_kind():
    rows = [json.loads(line) for line in shiming("--list", "--json").stdout.splitlines()]
    by_kind = {row["kind"]: row for row in rows}
    assert len(by_kind) == len(rows) > 200
    assert by_kind["es-dni"]["country"] == "ES"
    assert "Documento Nacional" in by_kind["es-dni"]["title"]
    assert all(row["title"] and row["title"] != row["kind"] for row in rows)
    assert not {"es-iban", "nl-postcode", "cn-ric"} & set(by_kind)


def test_an_unknown_kind_is_answered_with_the_nearest():
    done = shiming("hk-idd", "A123456(3)")
    assert done.returncode == 2
    assert "did you mean hk-id" in done.stderr


@pytest.mark.testdata
def test_every_number_that_python_stdnum_publishes_as_good_is_good():
    folder = os.environ.get("SHIMING_TESTDATA")
    if not folder:
        pytest.skip("SHIMING_TESTDATA is not set")
    kinds = {row["kind"] for row in map(json.loads, shiming("--list", "--json").stdout.splitlines())}
    tried = 0
    for path in sorted(Path(folder).glob("national-ids/*stdnum/tests/test_*.doctest")):
        kind = path.stem.removeprefix("test_").replace("_", "-")
        listed = re.search(r">>> numbers = '''\n(.*?)'''", path.read_text("utf-8"), re.S)
        if kind not in kinds or listed is None:
            continue
        values = [line.removeprefix("...").strip() for line in listed[1].splitlines()]
        values = [value for value in values if value]
        answered = answers(kind, *values)
        # A few of them are of people born in years to come.
        wrong = [line["value"] for line in answered if line["reason"] not in (None, "date")]
        assert not wrong, f"{kind}: {wrong[:5]}"
        tried += len(values)
    assert tried > 1000
