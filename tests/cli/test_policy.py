"""``shiming policy`` as the installed program: what registration needs, and a draft replayed."""

import json
import os
import subprocess
import sys
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from shiming.audit.work import Workspace
from shiming.countries import store
from shiming.countries.policy import package
from tests.policies import OFFICER
from tests.web.support import open_office

PROGRAM = Path(sys.executable).with_name("shiming")
KEYS = {
    "country", "name", "product", "channel", "person_class", "age", "number_country", "plan", "required", "outcome", "why",
    "release_before_registration", "online_allowed", "documents", "methods", "document_copy", "biometric", "face_storage",
    "caps", "retention", "authority_check", "to_find_out", "facts", "policy_version", "gathered_on", "confirmed", "error",
}  # fmt: skip


@pytest.fixture
def shiming(settings, tmp_path):
    """Runs ``shiming policy`` on this test's installation: (exit status, output, lines of JSON)."""

    def run(*words):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SHIMING_")}
        environment |= {"SHIMING_DATA": str(settings.data)}
        done = subprocess.run(
            [PROGRAM, "policy", *words], env=environment, capture_output=True, text=True, cwd=tmp_path
        )
        lines = [json.loads(line) for line in done.stdout.splitlines()] if "--json" in words else []
        return done.returncode, done.stdout + done.stderr, lines

    return run


def explain(shiming, country, product="esim", channel="online", *more):
    return shiming("explain", "--country", country, "--product", product, "--channel", channel, *more)


def test_not_required_is_an_answer(shiming):
    status, _, [line] = explain(shiming, "US", "esim", "online", "--json")
    assert status == 0
    assert set(line) == KEYS
    assert (line["required"], line["outcome"], line["release_before_registration"]) == (False, "not-required", True)
    assert (line["confirmed"], line["to_find_out"], line["error"]) == (False, [], None)
    assert line["policy_version"].startswith("US-2026-11-21-")
    fact = next(fact for fact in line["facts"] if fact["key"] == "required")
    assert (fact["certainty"], fact["known"], len(fact["source"])) == ("medium", True, 2)


def test_low_certainty_is_unknown_and_says_what_to_find_out(shiming):
    _, _, [line] = explain(shiming, "GB", "sim", "shop", "--json")
    assert (line["required"], line["outcome"]) == ("unknown", "unknown")
    assert "required" in line["to_find_out"]
    assert "online_allowed" not in line["to_find_out"]
    assert line["online_allowed"] is None


def test_product_person_age_and_number_count(shiming):
    assert explain(shiming, "JP", "sim", "shop", "--json")[2][0]["required"] is True
    assert explain(shiming, "JP", "data-card", "shop", "--json")[2][0]["required"] == "unknown"
    [young] = explain(shiming, "SG", "sim", "shop", "--age", "14", "--json")[2]
    assert young["age"] == {"given": 14, "least_alone": 15, "alone": False, "minors": "unknown"}
    [visitor] = explain(shiming, "MY", "sim", "shop", "--person-class", "visitor", "--json")[2]
    assert [row["count"] for row in visitor["caps"]] == [2]
    assert visitor["documents"] == [{"people": ["foreigner", "visitor"], "documents": ["passport"]}]
    assert explain(shiming, "BE", "sim", "shop", "--number-country", "FR", "--json")[2][0]["required"] is True
    assert explain(shiming, "CN", "sim", "shop", "--number-country", "FR", "--json")[2][0]["required"] == "unknown"


def test_people_read_it_in_words(shiming):
    status, text, _ = explain(shiming, "us")
    assert status == 0
    assert "no law asks for registration" in text
    assert "not confirmed" in text


@pytest.mark.parametrize(
    "words",
    [
        ("--country", "XX", "--product", "esim", "--channel", "online"),
        ("--country", "US", "--product", "fish", "--channel", "online"),
        ("--country", "US", "--product", "esim"),
        ("--country", "US", "--product", "esim", "--channel", "online", "--age", "old"),
    ],
)
def test_wrong_usage_is_2(shiming, words):
    assert shiming("explain", *words)[0] == 2
    assert shiming("replay")[0] == 2


@pytest.fixture
def installation(settings, clock):
    """An installation with one case that a person has to decide."""
    workspace = Workspace.open(settings, clock)
    with open_office(workspace, settings, clock) as office:
        office.in_review(office.holder())
        yield office
    workspace.close()


def test_an_installations_own_facts_answer(shiming, installation):
    with installation.workspace.write() as work:
        made = store.supply(work, OFFICER, "GB", "required", False, reference="Ofcom", dated=date(2026, 11, 1))
    [line] = explain(shiming, "GB", "esim", "online", "--json")[2]
    assert (line["required"], line["confirmed"]) == (False, False)
    with installation.workspace.write() as work:
        store.confirm(work, OFFICER, "GB", made.version)
    [line] = explain(shiming, "GB", "esim", "online", "--json")[2]
    assert (line["confirmed"], line["policy_version"]) == (True, made.version)


def test_a_draft_is_replayed_and_writes_nothing(shiming, installation, settings, tmp_path):
    text = files(package("CN")).joinpath("policy.toml").read_text("utf-8")
    draft = tmp_path / "draft.toml"
    draft.write_text(
        text.replace("[facts.minimum_age]", '[facts.minimum_age]\nvalue = 60\ncertainty = "high"\nsource = ["cn_esim"]')
    )
    entries = shiming_entries(installation)
    status, _, [line, total] = shiming("replay", str(draft), "--json")
    assert status == 0
    assert (line["from"]["verdict"], line["to"]["verdict"], line["to"]["reasons"]) == (
        "refer",
        "refer",
        ["AGE_TOO_YOUNG", "LIVE_NOT_SHOWN"],
    )
    assert [(why["code"], why["before"], why["after"], why["limit_after"]) for why in line["why"]] == [
        ("AGE_TOO_YOUNG", "pass", "fail", 60)
    ]
    assert (total["total"]["looked_at"], total["total"]["changed"], total["total"]["erased"]) == (1, 1, 0)
    assert "age.minimum" in total["total"]["contradictions"]["carrier-5g"][0]
    assert shiming_entries(installation) == entries
    draft.write_text(text)
    status, words, _ = shiming("replay", str(draft))
    assert (status, "0 of 1 would change" in words) == (0, True)


def shiming_entries(installation):
    with installation.workspace.read() as work:
        return work.conn.exec_driver_sql("select count(*), max(seq) from audit").one()


def test_a_faulty_draft_is_told_with_its_line(shiming, installation, tmp_path):
    draft = tmp_path / "draft.toml"
    draft.write_text('country = "CN"\nname = "China"\nzone = "Asia/Shanghai"\ngathered_on = "soon"\n')
    status, _, [line] = shiming("replay", str(draft), "--json")
    assert (status, line["error"]["code"]) == (1, "DRAFT_FAULTY")
    assert "line 4" in line["error"]["message"]
    status, _, [line] = shiming("replay", str(tmp_path / "absent.toml"), "--json")
    assert (status, line["error"]["code"]) == (1, "FILE_UNREADABLE")


def test_without_an_installation_nothing_is_replayed_and_nothing_made(shiming, settings, tmp_path):
    draft = tmp_path / "draft.toml"
    draft.write_text(files(package("CN")).joinpath("policy.toml").read_text("utf-8"))
    status, _, [line] = shiming("replay", str(draft), "--json")
    assert (status, line["error"]["code"]) == (1, "NO_INSTALLATION")
    assert not settings.data.exists()
