"""A holder's way through ``/v1``, from the code to the receipt."""

from __future__ import annotations

from tests.web.support import FIRST, PRINTED, SECOND, Office, picture, registration


def test_a_registration_goes_from_card_to_review(office: Office) -> None:
    holder = office.holder()
    found = office.in_review(holder)
    assert found["missing"] == []
    assert found["n"] == 1
    assert found["due_at"].startswith("2026-11-2")
    assert found["card"]["number_end"] == FIRST[-4:]
    assert FIRST not in str(found)
    assert {"sms-out", "calls-out"} <= set(found["card"]["restrictions"])
    events = [e["event"] for e in holder.ok("GET", f"/v1/registrations/{found['id']}/timeline")["entries"]]
    assert events.index("submit") < events.index("refer")


def test_what_is_missing_is_named_step_by_step(office: Office) -> None:
    holder = office.holder()
    created = holder.ok("POST", "/v1/registrations", json=registration())
    path = f"/v1/registrations/{created['id']}"
    assert holder.ok("GET", path)["missing"][0] == "code"
    refused = holder.call("POST", f"{path}/submission")
    assert (refused.status_code, refused.json()["code"]) == (422, "EVIDENCE_MISSING")
    holder.ok("POST", f"{path}/activation-code", json={"code": created["activation_code"]})
    assert holder.ok("GET", path)["missing"][0] == "document"


def test_an_unknown_card_and_a_wrong_secret_are_answered_alike(office: Office) -> None:
    holder = office.holder()
    wrong = holder.call("POST", "/v1/registrations", json=registration(secret="0000-0000"))
    unknown = holder.call("POST", "/v1/registrations", json=registration(number="8986001234567890146"))
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.json() == unknown.json()
    assert wrong.json()["code"] == "CARD_UNKNOWN"


def test_a_wrong_activation_code_costs_a_try_and_the_code_can_be_issued_again(office: Office) -> None:
    holder = office.holder()
    created = holder.ok("POST", "/v1/registrations", json=registration())
    path = f"/v1/registrations/{created['id']}/activation-code"
    before = holder.ok("GET", path)["attempts_left"]
    refused = holder.call("POST", path, json={"code": "AAAAA-AAAAA"})
    assert (refused.status_code, refused.json()["code"]) == (422, "CODE_WRONG")
    assert holder.ok("GET", path)["attempts_left"] == before - 1
    fresh = holder.ok("POST", f"{path}/reissue")
    assert fresh["code"] != created["activation_code"]
    assert holder.call("POST", path, json={"code": created["activation_code"]}).status_code == 422
    assert holder.ok("POST", path, json={"code": fresh["code"]})["code_redeemed"] is True


def test_another_holders_registration_does_not_exist(office: Office) -> None:
    owner = office.holder()
    id = office.begin(owner)
    other = office.holder("other@example.org")
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/timeline", None),
        ("GET", "/form", None),
        ("GET", "/activation-code", None),
        ("DELETE", "", None),
        ("PUT", "/consents/face", {"given": True}),
        ("POST", "/submission", None),
    ):
        answer = other.call(method, f"/v1/registrations/{id}{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND"), path
    assert other.ok("GET", "/v1/registrations") == {"registrations": []}


def test_a_file_comes_in_parts_and_is_found_again(office: Office) -> None:
    holder = office.holder()
    id = office.begin(holder)
    data = picture()
    announced = {"slot": "document-front", "capture_id": "capture-0001", "size": len(data), "media_type": "image/jpeg"}
    upload = holder.ok("POST", f"/v1/registrations/{id}/uploads", json=announced)
    half = len(data) // 2

    def send(offset: int, part: bytes) -> dict[str, object]:
        headers = {"Upload-Offset": str(offset), "Content-Type": "application/octet-stream"}
        return dict(holder.ok("PATCH", f"/v1/uploads/{upload['id']}", content=part, headers=headers))

    assert send(0, data[:half]) == {"id": upload["id"], "offset": half, "evidence_id": None}
    assert holder.ok("POST", f"/v1/registrations/{id}/uploads", json=announced)["offset"] == half
    assert send(0, data[:half])["offset"] == half
    done = send(half, data[half:])
    assert done["evidence_id"]
    assert holder.ok("GET", f"/v1/uploads/{upload['id']}")["evidence_id"] == done["evidence_id"]
    office.work()
    evidence = holder.ok("GET", f"/v1/evidence/{done['evidence_id']}")
    assert evidence["state"] == "read"
    assert evidence["fields"]["name"]["value"] == PRINTED["name"]
    assert {f["outcome"] for f in evidence["findings"]} <= {"pass", "warn", "not-run", "unable", "fail"}


def test_a_gap_in_an_upload_is_refused(office: Office) -> None:
    holder = office.holder()
    id = office.begin(holder)
    announced = {"slot": "document-front", "capture_id": "capture-0002", "size": 100, "media_type": "image/jpeg"}
    upload = holder.ok("POST", f"/v1/registrations/{id}/uploads", json=announced)
    headers = {"Upload-Offset": "50", "Content-Type": "application/octet-stream"}
    answer = holder.call("PATCH", f"/v1/uploads/{upload['id']}", content=b"x", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "UPLOAD_OFFSET")


def test_no_picture_of_a_face_without_the_face_consent(office: Office) -> None:
    holder = office.holder()
    id = office.begin(holder)
    data = {"slot": "selfie", "capture_id": "capture-selfie"}
    answer = holder.call("POST", f"/v1/registrations/{id}/evidence", data=data, files={"file": picture()})
    assert (answer.status_code, answer.json()["code"]) == (403, "CONSENT_REQUIRED")


def test_refusing_the_face_comparison_leads_to_a_person(office: Office) -> None:
    found = office.in_review(office.holder(), face=False)
    assert found["state"] == "in-review"


def test_withdrawing_frees_the_card(office: Office) -> None:
    holder = office.holder()
    id = office.begin(holder)
    assert holder.call("DELETE", f"/v1/registrations/{id}").status_code == 204
    assert holder.ok("GET", f"/v1/registrations/{id}")["state"] == "withdrawn"
    again = office.begin(office.holder("second@example.org"))
    assert again != id


def test_both_cards_of_an_account_are_listed_newest_first(office: Office) -> None:
    holder = office.holder()
    first, second = office.begin(holder, FIRST), office.begin(holder, SECOND)
    listed = [row["id"] for row in holder.ok("GET", "/v1/registrations")["registrations"]]
    assert listed == [second, first]


def test_form_faults_name_the_field(office: Office) -> None:
    holder = office.holder()
    id = office.begin(holder)
    body = {"document": "cn-resident-id", "fields": {"date_of_birth": "7 March"}}
    answer = holder.call("PUT", f"/v1/registrations/{id}/form", json=body)
    assert answer.status_code == 422
    assert [f["field"] for f in answer.json()["fields"]] == ["date_of_birth"]


def test_texts_follow_the_callers_language(office: Office) -> None:
    chinese = office.client().get("/v1/registrations", headers={"Accept-Language": "zh-CN"}).json()
    english = office.client().get("/v1/registrations", headers={"Accept-Language": "en"}).json()
    assert chinese["code"] == english["code"] == "SIGN_IN_REQUIRED"
    assert chinese["title"] != english["title"]


def test_evidence_is_idempotent_by_capture(office: Office) -> None:
    holder = office.holder()
    id = office.begin(holder)
    data = {"slot": "document-front", "capture_id": "capture-0003"}
    path = f"/v1/registrations/{id}/evidence"
    first = holder.ok("POST", path, data=data, files={"file": picture()})
    assert holder.ok("POST", path, data=data, files={"file": picture()}) == first
