"""``shiming verify`` as installed: a whole registration on made-up documents."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from shiming.reading.documents import portraits
from shiming.reading.documents._drawing import photograph
from shiming.reading.documents.hk_macau_travel_permit import sample as hk_permit
from shiming.reading.documents.sample import sample_person, sample_set

SEED = 4
CARD = "8986009900000000004"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("evidence")
    for name, picture in sample_set(SEED).items():
        (place / f"{name}.jpg").write_bytes(picture)
    (place / "other-selfie.jpg").write_bytes(sample_set(SEED, portrait="hopper")["selfie"])
    (place / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing more")
    return place


def shiming(*arguments):
    program = Path(sys.executable).with_name("shiming")
    return subprocess.run(
        [program, "verify", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=300
    )


def verified(folder, *more, programme="carrier-5g", selfie="selfie.jpg", front="front.jpg"):
    evidence = {"document-front": front, "document-back": "back.jpg", "selfie": selfie}
    given = [f"--evidence={slot}={folder / name}" for slot, name in evidence.items()]
    done = shiming("--programme", programme, *given, "--at", "2026-11-21", "--json", *more)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    return json.loads(line)


def outcomes(line, code):
    return {f["outcome"] for f in line["findings"] if f["code"] == code}


def test_a_good_registration(folder):
    who = sample_person(SEED)
    form = [f"--form=name={who.name}", f"--form=number={who.number}", f"--form=address={who.address}"]
    line = verified(folder, *form, "--card", CARD, "--timing", "--demo")
    assert (line["decision"], line["review"]) == ("refer", "on-refer"), line
    assert line["reasons"] == ["LIVE_NOT_SHOWN"], "one photo shows no living person; nothing else is in doubt"
    assert line["fields"]["name"]["value"] == who.name
    assert line["fields"]["number"]["value"] == who.number
    assert line["fields"]["issuing_authority"]["value"] == who.issuing_authority
    assert outcomes(line, "MISMATCH_NAME") == {"pass"}
    assert outcomes(line, "CARD_CHECKSUM") == {"pass"}
    assert outcomes(line, "CAP_REACHED_OPERATOR") == outcomes(line, "CARD_UNKNOWN") == {"not-run"}
    assert line["programme"] == "carrier-5g"
    assert line["policy_version"].startswith("CN-")
    assert line["cpu_ms"]["total without loading"] > line["cpu_ms"]["checks"] > 0


def test_a_travel_permit_goes_through_the_same_checks_as_an_identity_card(tmp_path):
    """Hong Kong, prepaid: read on both sides, its entries held against the form, the other side, the calendar and the face."""
    who = sample_person(SEED)
    permit = hk_permit.permit(who)
    for side, image in hk_permit.draw(who, portraits.portrait("collins")).items():
        (tmp_path / f"{side}.jpg").write_bytes(photograph(image, background="wood", skew=2, tilt=5, seed=SEED))
    (tmp_path / "selfie.jpg").write_bytes(sample_set(SEED)["selfie"])
    name = f"{who.given_names} {who.surname}"  # typed in Latin letters, printed in Chinese characters too
    form = {"name": name, "number": permit.number, "date_of_birth": who.date_of_birth, "sex": who.sex}
    given = [f"--form={field}={value}" for field, value in form.items()]
    line = verified(tmp_path, *given, "--document", "hk-macau-travel-permit", programme="carrier-prepaid")
    assert {code: outcomes(line, code) for code in _OF_A_PERMIT} == {code: {"pass"} for code in _OF_A_PERMIT}
    assert [f["code"] for f in line["findings"] if f["outcome"] == "fail"] == []
    assert outcomes(line, "DOC_NO_READER") == set()
    late = verified(
        tmp_path, *given, "--document", "hk-macau-travel-permit", "--at", "2040-01-01", programme="carrier-prepaid"
    )
    assert outcomes(late, "DOC_EXPIRED") == {"fail"}


_OF_A_PERMIT = (
    "MISMATCH_NAME", "MISMATCH_ID_NUMBER", "MISMATCH_BIRTH", "MISMATCH_SEX", "DOC_EXPIRED", "DOC_SAME_SIDE_TWICE",
    "ID_NUMBER_FORMAT", "AGE_TOO_YOUNG", "FIELD_MISSING", "DOC_DATES_INVALID",
)  # fmt: skip


def test_a_specimen_goes_to_a_person_where_it_is_no_demonstration(folder):
    who = sample_person(SEED)
    line = verified(folder, f"--form=name={who.name}", f"--form=number={who.number}", "--card", CARD)
    assert (line["decision"], line["reasons"]) == ("refer", ["DOC_SPECIMEN_OR_TEMPLATE", "LIVE_NOT_SHOWN"])
    assert verified(folder, "--card", CARD, programme="carrier-5g-auto")["decision"] == "approve"


def test_a_form_that_differs_and_another_face_are_told_at_once(folder):
    line = verified(folder, "--form", "name=王小明", "--card", "8986009900000000005", selfie="other-selfie.jpg")
    assert line["decision"] == "retry"
    assert set(line["items"]) >= {"name", "card"}
    (name,) = [f for f in line["findings"] if f["code"] == "MISMATCH_NAME"]
    assert (name["outcome"], name["details"]["given"]) == ("fail", "王小明")
    assert outcomes(line, "FACE_MISMATCH") | outcomes(line, "FACE_MATCH_UNCERTAIN") != {"pass"}


def test_a_broken_picture_is_asked_for_again(folder):
    line = verified(folder, front="broken.jpg")
    assert line["decision"] == "retry"
    assert "document-front" in line["items"]
    assert {f["check"] for f in line["findings"] if f["item"] == "document-front" and f["outcome"] == "fail"} >= {
        "intake"
    }


def test_a_missing_file_is_an_error_of_its_line(folder):
    done = shiming("--programme", "carrier-5g", "--evidence", f"document-front={folder}/none.jpg", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "FILE_UNREADABLE"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--programme", "nothing", "--evidence", "selfie=x"), "carrier-5g"),
        (("--programme", "carrier-5g"), "document-front"),
        (("--programme", "carrier-5g", "--evidence", "passport=x"), "document-front"),
        (("--programme", "carrier-5g", "--evidence", "selfie"), "KEY=VALUE"),
        (("--programme", "carrier-5g", "--evidence", "selfie=x", "--at", "21.11.2026"), "YYYY-MM-DD"),
        (("--programme", "carrier-5g", "--evidence", "selfie=x", "--evidence", "selfie=y"), "once"),
        (("--programme", "carrier-5g", "--evidence", "selfie=x", "--document", "library-card"), "passport"),
    ],
)
def test_wrong_usage_says_what_was_expected(arguments, told):
    done = shiming(*arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""
