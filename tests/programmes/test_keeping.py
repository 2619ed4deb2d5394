"""A programme against its country's policy: each kind of contradiction is found and named, and nothing unknown passes."""

from datetime import timedelta

import pytest

from shiming.countries import parse, store
from shiming.programmes import Programme, ProgrammeError, load, source
from shiming.programmes.keeping import contradictions, least_age, unknowns
from shiming.programmes.resolving import rules
from shiming.programmes.store import current, in_service, publish, standing
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role
from tests.policies import OFFICER, confirm

HEAD = """
country = "CN"
name = "Nowhere"
zone = "Etc/UTC"
gathered_on = 2026-11-21
[sources]
law = { reference = "https://example.org/law", kind = "law-text" }
"""
ADMIN = Actor(Role.ADMIN, "admin-1")
SELFIE = {"slot": "selfie", "kind": "selfie"}
COPY = {"slot": "photocopy-front", "kind": "photocopy"}
NONE = {"after": "none", "origin": "law"}


def law(certainty="high", **facts):
    """A country with these facts; each is given as TOML."""
    rows = (
        f'[facts.{key}]\nvalue = {value}\ncertainty = "{certainty}"\nsource = ["law"]\n' for key, value in facts.items()
    )
    return parse("test", HEAD + "".join(rows))


def programme(**changes):
    """carrier-5g, changed."""
    return Programme.model_validate({**load("carrier-5g").model_dump(), **changes}, strict=False)


def found(made, policy):
    return {fault.key: fault for fault in contradictions(made, policy)}


def shop(**changes):
    slots = [slot.model_dump() for slot in load("carrier-5g").slots]
    return programme(channels=["shop"], evidence="document-front and attestation", slots=slots, **changes)


@pytest.mark.parametrize(
    ("key", "fact", "changes"),
    [
        ("channels", {"online_allowed": "false"}, {}),
        ("evidence", {"methods": '[{ methods = ["chip"], channels = ["online"] }]'}, {}),
        ("evidence", {"methods_refused": '[{ methods = ["document-photo"] }]'}, {}),
        ("documents", {"accepted_documents": '[{ documents = ["cn-resident-id"] }]'}, {}),
        ("evidence", {"accepted_documents": '[{ documents = ["cn-resident-id", "passport"], second = true }]'}, {}),
        ("evidence", {"accepted_documents": '[{ documents = ["cn-resident-id", "passport"], plus = ["visa"] }]'}, {}),
        ("retention.document-picture", {"document_copy": '"forbidden"'}, {}),
        ("retention.selfie", {"face_storage": '"forbidden"'}, {}),
        ("evidence", {"biometric": '"forbidden"'}, {}),
        ("evidence", {"biometric": '[{ is = "required", kinds = ["fingerprint"] }]'}, {}),
        ("caps", {"cap_per_person": "[{ count = 3 }]"}, {"caps": []}),
        ("caps.0.limit", {"cap_per_person": "[{ count = 0 }]"}, {}),
        ("caps.0.limit", {"cap_per_person": '[{ count = 3, scope = "all-operators" }]'}, {}),
        ("age.minimum", {"minimum_age": "18"}, {}),
        ("persons", {"minors": '"refused"'}, {"persons": ["adult", "minor"]}),
        ("persons", {"proxy": '"refused"'}, {"persons": ["represented"]}),
        (
            "retention.registration",
            {"retention": '[{ artefact = "registration", years = 5, after = "end", keep = "at-least" }]'},
            {"retention": {"registration": {"after": "end", "days": 730, "origin": "o"}}},
        ),
        (
            "retention.selfie",
            {"retention": '[{ artefact = "face", days = 1, after = "decision", keep = "at-most" }]'},
            {"retention": {"selfie": {"after": "decision", "days": 30, "origin": "o"}}},
        ),
        ("authority", {"authority_check": '[{ is = true, register = "NIRA" }]'}, {}),
    ],
)
def test_each_known_fact_can_be_contradicted(key, fact, changes):
    made = programme(**changes)
    assert key in found(made, law(**fact)), "the contradiction is not seen"
    assert found(made, law(certainty="low", **fact)) == {}, "low certainty counts as unknown"
    [one] = [fault for fault in contradictions(made, law(**fact)) if fault.key == key][:1]
    assert one.cure
    assert "high certainty" in one.message


def test_what_keeps_the_law_is_left_alone():
    made = programme(
        caps=[{"limit": 3, "scope": "wider", "register_name": "all", "origin": "o"}],
        retention={
            "selfie": NONE,
            "document-picture": NONE,
            "registration": {"after": "end", "days": 731, "origin": "o"},
        },
        age={"minimum": 18, "origin": "o", "certainty": "high"},
    )
    policy = law(
        cap_per_person='[{ count = 3, scope = "all-operators" }]',
        face_storage='"forbidden"',
        document_copy='"not-kept"',
        minimum_age="18",
        retention='[{ artefact = "registration", years = 2, after = "end", keep = "at-least" }]',
        accepted_documents='[{ documents = ["cn-resident-id"] }, { documents = ["passport"], people = ["foreigner"] }]',
        biometric='[{ is = "required", kinds = ["face"] }]',
    )
    assert contradictions(made, policy) == ()


def test_a_fact_holds_in_its_channel_only():
    rule = law(biometric='[{ is = "required", kinds = ["face"], channels = ["shop"] }]')
    assert found(programme(), rule) == {}
    assert "evidence" in found(shop(), rule)
    copies = law(document_copy='[{ is = "forbidden", channels = ["online"] }]')
    slots = [*(slot.model_dump() for slot in load("carrier-5g").slots), COPY]
    assert "slots" in found(programme(evidence="document-front and photocopy-front", slots=slots), copies)
    assert found(shop(), copies) == {}


def test_a_cap_holds_for_the_people_the_documents_are_of():
    documents = '[{ documents = ["cn-resident-id"], people = ["citizen"] }, { documents = ["passport"], people = ["foreigner"] }]'
    caps = '[{ count = 5, people = ["citizen"] }, { count = 2, people = ["foreigner"] }]'
    policy = law(accepted_documents=documents, cap_per_person=caps)
    three = {"caps": [{"limit": 3, "scope": "issuer", "origin": "o"}]}
    assert "for a foreigner" in found(programme(**three), policy)["caps.0.limit"].message
    slots = [
        slot.model_dump() | {"documents": ["cn-resident-id"]} for slot in load("carrier-5g").slots if slot.documents
    ]
    slots.append(SELFIE)
    assert found(programme(documents=["cn-resident-id"], slots=slots, **three), policy) == {}


def test_a_fault_names_the_line_of_the_programmes_file():
    policy = law(minimum_age="18")
    [fault] = contradictions(load("carrier-5g"), policy, source("carrier-5g"))
    assert source("carrier-5g").splitlines()[fault.line - 1].startswith("minimum")


def test_the_law_holds_where_it_is_stricter():
    policy = law(minimum_age="18", cap_per_person="[{ count = 0 }]")
    made = rules("x", load("carrier-5g"), policy)
    assert (made.minimum_age, made.caps[0].limit) == (18, 0)
    assert least_age(load("carrier-5g"), law()) == 16


def test_what_a_programme_rests_on_and_is_unknown():
    everything = {"required", "accepted_documents", "biometric", "cap_per_person", "minimum_age", "retention"}
    assert set(unknowns(programme(), law())) == everything | {"online_allowed", "face_storage"}
    assert unknowns(programme(), law(required="false")) == (), "where nothing is required, nothing is missing"
    assert unknowns(programme(regime="none"), law()) == (), "these facts are not about other cards"


def test_a_contradicting_programme_is_never_published(workspace):
    lax = programme(caps=[{"limit": 6, "scope": "issuer", "origin": "o"}], documents=["cn-resident-id", "student-id"])
    with workspace.write() as work:
        confirm(work, "CN")
        work.demo = True
        with pytest.raises(ProgrammeError, match="at most 5"):
            publish(work, ADMIN, "lax", lax)
        with pytest.raises(Problem, match="NOT_FOUND"):
            current(work, "lax")


def test_an_unknown_fact_blocks_publishing_outside_a_demonstration(workspace):
    with workspace.write() as work:
        with pytest.raises(ProgrammeError, match=r"minimum_age.*an officer supplies it"):
            publish(work, ADMIN, "own", programme())
        work.demo = True
        assert publish(work, ADMIN, "own", programme()).programme == "own"
    with workspace.write() as work:
        confirm(work, "CN")
        assert publish(work, ADMIN, "own-too", programme()).programme == "own-too"


def test_a_fresh_installation_registers_nobody_until_an_officer_confirmed(workspace):
    with workspace.write() as work:
        stands = standing(work, "carrier-5g")
        assert not stands.confirmed
        assert stands.missing == ("minimum_age", "online_allowed", "face_storage")
        with pytest.raises(Problem, match="POLICY_OPEN"):
            in_service(work, "carrier-5g")
        in_service(work, "carrier-5g", demo=True)
        confirm(work, "CN")
        assert in_service(work, "carrier-5g").policy_version == store.in_force(work, "CN").version


def test_a_policy_that_the_programme_contradicts_stops_new_registrations(workspace, clock):
    with workspace.write() as work:
        confirm(work, "CN")
    clock.advance(timedelta(minutes=1))
    with workspace.write() as work:
        made = store.supply(work, OFFICER, "CN", "online_allowed", False, reference="r", dated=work.now.date())
        in_service(work, "carrier-5g")
        store.confirm(work, OFFICER, "CN", made.version)
        assert [fault.key for fault in standing(work, "carrier-5g").faults] == ["channels"]
        with pytest.raises(Problem, match="POLICY_OPEN"):
            in_service(work, "carrier-5g", demo=True)
