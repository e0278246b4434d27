"""The JSON interface says what the library says, in its words, and refuses in one shape."""

from __future__ import annotations

import json
from typing import Any

import pytest

import hoofbeat
from hoofbeat.apps.web.api import WITHOUT


def ask(client: Any, word: str, **body: Any) -> Any:
    return client.post(f"/api/{word}", json=body)


def test_rank_is_the_library_word_for_word(client, case):
    answer = ask(client, "rank", case=case, setting="dermatology")
    assert answer.status_code == 200
    assert answer.text == hoofbeat.rank(hoofbeat.read_case(case), setting="dermatology").model_dump_json()


@pytest.mark.parametrize("word", ["explain", "next", "pathway"])
def test_each_question_is_the_library_word_for_word(client, case, word):
    read = hoofbeat.read_case(case)
    answers = {
        "explain": lambda: hoofbeat.explain(read, "glucagonoma", setting="general_practice"),
        "next": lambda: hoofbeat.next(read, setting="general_practice"),
    }
    answer = ask(client, word, case=case, setting="general_practice")
    assert answer.status_code == 200
    if word in answers:
        assert answer.text == answers[word]().model_dump_json()
    else:
        assert answer.json()["disease"] == "glucagonoma"
        assert 0 < answer.json()["chance"] < 1


def test_a_phenopacket_and_our_own_mapping_of_it_give_one_answer(client, case):
    from hoofbeat.cases import to_phenopacket

    packet = to_phenopacket(hoofbeat.read_case(case), created="2026-01-01T00:00:00Z")
    assert ask(client, "rank", case=packet).json() == ask(client, "rank", case=case).json()


def test_a_fhir_bundle_is_ranked(client, chart):
    answer = ask(client, "rank", case=chart, setting="dermatology", why=False)
    assert answer.status_code == 200
    assert answer.json()["findings_used"] >= 8


@pytest.mark.parametrize("word", ["rank", "explain", "next", "pathway"])
def test_numbers_off_leaves_no_chance(client, case, word):
    shown = ask(client, word, case=case, setting="dermatology").json()
    hidden = ask(client, word, case=case, setting="dermatology", numbers="off")
    assert hidden.json() == WITHOUT[word](shown)
    for field in ("chance", "ratio", "low", "high", "bits", "sensitivity"):
        assert f'"{field}":' not in hidden.text


def test_json_lines_answer_each_line_in_turn(client, case):
    lines = [
        json.dumps({"case": {"id": "one", **case}}),
        json.dumps({"case": {"id": "two", "findings": ["there is no such sign"]}}),
        "{broken",
        json.dumps({"case": {"id": "four", **case}, "top": 1, "why": False}),
    ]
    answer = client.post(
        "/api/rank", content="\n".join(lines), headers={"content-type": "application/x-ndjson"}
    )
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert found[0]["case"] == "one"
    assert found[1]["line"] == 2
    assert found[1]["error"]["kind"] == "unknown-term"
    assert found[2]["error"]["kind"] == "not-json"
    assert found[3]["case"] == "four"
    assert len(found[3]["ranked"]) == 1


def test_read_gives_findings_with_their_characters(client):
    text = "She has lost weight. She denies diarrhoea."
    answer = ask(client, "read", text=text)
    assert answer.status_code == 200
    assert "Diarrhea" in answer.text


def test_terms_know_lay_words(client):
    found = client.get("/api/terms", params={"q": "sore red tongue"}).json()
    assert found["terms"][0]["label"] == "Glossitis"
    assert found["terms"][0]["lay"]


def test_a_disease_is_found_by_any_alias_and_a_source_names_who_uses_it(client):
    by_alias = client.get("/api/diseases/ORPHA:97280").json()
    assert by_alias["slug"] == "glucagonoma"
    assert by_alias["model"]["findings"]["findings"]
    assert "glucagonoma" in client.get("/api/sources/wermers_1996").json()["used_by"]


def test_faults_come_in_one_shape(client, case):
    two = {**case, "findings": ["there is no such sign", "nor this one"]}
    answer = ask(client, "rank", case=two)
    assert answer.status_code == 422
    told = answer.json()
    assert set(told) == {"error", "issues"}
    assert set(told["error"]) == {"kind", "what", "where", "why", "remedy"}
    assert len([i for i in told["issues"] if i["level"] == "error"]) == 2


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/api/diseases/no_such_disease", 404, "unknown-term"),
        ("/api/sources/no_such_source", 404, "unknown-source"),
        ("/api/nothing", 404, "not-found"),
        ("/api/rank", 405, "wrong-method"),
        ("/api/terms", 422, "invalid"),
    ],
)
def test_what_is_not_there_is_refused_in_the_same_shape(client, path, status, kind):
    answer = client.get(path)
    assert (answer.status_code, answer.json()["error"]["kind"]) == (status, kind)


@pytest.mark.parametrize(
    "body",
    [
        {"case": {"findings": ["weight loss"]}, "unknown_option": 1},
        {"case": {"findings": ["weight loss"]}, "top": 0},
        {"case": {"findings": ["weight loss"]}, "setting": "the moon"},
        {"case": {"findings": [{"is": 7}]}},
        {"case": 3},
        {},
        [],
        "a word",
    ],
)
def test_a_request_of_another_shape_is_refused(client, body):
    answer = client.post("/api/rank", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["what"]


def test_openapi_names_every_door_and_every_error(client):
    told = client.get("/api/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    assert {"/api/rank", "/api/explain", "/api/next", "/api/pathway", "/api/read", "/health"} <= set(
        told["paths"]
    )
    responses = told["paths"]["/api/rank"]["post"]["responses"]
    assert responses["422"]["content"]["application/json"]["schema"]["$ref"].endswith("/ErrorAnswer")
    page = client.get("/api", headers={"accept": "text/html"}).text
    assert all(path in page for path in told["paths"])


def test_every_field_of_a_case_file_is_taken(client, case):
    case["findings"][0] = {"is": "skin erosion", "date": "2024-06"}
    case["measurements"] = [{"test": "zinc", "value": 7, "unit": "umol/L", "age": 61.5}]
    surgery = {"name": "distal pancreatectomy", "kind": "procedure", "code": "NCIT:C15189", "age": "61 years"}
    answer = client.post("/api/rank", json={"case": {**case, "treatments": [surgery]}})
    assert answer.status_code == 200, answer.text
    odd = {"case": {**case, "treatments": [{**surgery, "kind": "dance"}]}}
    assert client.post("/api/rank", json=odd).status_code == 422


def test_a_bundle_of_another_patients_entries_says_that_they_were_left_out(client, chart):
    other = json.loads(json.dumps(chart))
    for entry in other["entry"][1:]:
        entry["resource"]["subject"] = {"reference": "Patient/OTHER"}
    told = client.post("/api/rank", json={"case": other}).json()
    assert "other-patient" in {issue["category"] for issue in told["issues"]}
