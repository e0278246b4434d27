"""CDS Hooks: a card when it is due, silence otherwise, and a plain word when the chart did not come along."""

from __future__ import annotations

import dataclasses
import json
import time
import uuid
from typing import Any

import pytest

from hoofbeat.apps.web import ServeOptions, cds_proof
from hoofbeat.errors import UsageError
from hoofbeat.terms import find_test

ANYWHERE = "0.0.0.0"  # noqa: S104 (an option only: no test listens there)
TOKEN = "a-token-of-some-length"  # noqa: S105 (made up)
VIEW, SELECT = "/cds-services/hoofbeat-patient-view", "/cds-services/hoofbeat-order-select"


def prefetch(chart: dict[str, Any]) -> dict[str, Any]:
    """The chart as a record system sends it: one patient, and a Bundle a kind."""
    found: dict[str, Any] = {}
    kinds = {"conditions": "Condition", "observations": "Observation", "medications": "MedicationRequest"}
    resources = [entry["resource"] for entry in chart["entry"]]
    found["patient"] = next(r for r in resources if r["resourceType"] == "Patient")
    for key, kind in kinds.items():
        entries = [{"resource": r} for r in resources if r["resourceType"] == kind]
        found[key] = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
    return found


def call(hook: str, **parts: Any) -> dict[str, Any]:
    context = {"userId": "Practitioner/example", "patientId": "invented-1", **parts.pop("context", {})}
    return {"hook": hook, "hookInstance": str(uuid.uuid4()), "context": context, **parts}


def orders(system: str, code: str) -> dict[str, Any]:
    order = {
        "resourceType": "MedicationRequest",
        "id": "draft-1",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {"coding": [{"system": system, "code": code}]},
    }
    bundle = {"resourceType": "Bundle", "entry": [{"resource": order}]}
    return {"selections": ["MedicationRequest/draft-1"], "draftOrders": bundle}


def test_discovery_names_both_hooks_and_their_prefetch(client):
    services = client.get("/cds-services").json()["services"]
    assert {s["hook"] for s in services} == {"patient-view", "order-select"}
    for service in services:
        assert service["description"]
        asked = service["prefetch"]
        assert {"patient", "conditions", "observations", "medications", "weights"} <= set(asked)
        assert "29463-7" in asked["weights"]
        assert find_test("glucagon").loinc in asked["orders"]


def test_a_telling_chart_gets_one_calm_card(client, chart):
    answer = client.post(VIEW, json=call("patient-view", prefetch=prefetch(chart)))
    assert answer.status_code == 200, answer.text
    (card,) = answer.json()["cards"]
    assert len(card["summary"]) < 140
    assert "consider glucagonoma" in card["summary"]
    assert card["indicator"] == "info"
    assert "model 0." in card["source"]["label"]
    assert {r["code"] for r in card["overrideReasons"]} == {"already-considered", "finding-wrong", "not-now"}
    assert "2025-11-01" in card["detail"]
    assert "Consider next: fasting glucagon in plasma." in card["detail"]
    assert "_" not in card["detail"]


def test_the_suggestion_drafts_a_service_request_that_fhir_accepts(client, chart):
    pytest.importorskip("fhir.resources", reason="fhir.resources is not installed")
    from fhir.resources.R4B.servicerequest import ServiceRequest

    (card,) = client.post(VIEW, json=call("patient-view", prefetch=prefetch(chart))).json()["cards"]
    (suggestion,) = card["suggestions"]
    order = ServiceRequest.model_validate(suggestion["actions"][0]["resource"])
    assert order.status == "draft"
    assert order.code.coding[0].code == "2338-2"
    assert order.subject.reference == "Patient/invented-1"


def test_the_same_chart_makes_the_same_card(client, chart):
    cards = [
        client.post(VIEW, json=call("patient-view", prefetch=prefetch(chart))).json()["cards"][0]
        for _ in "ab"
    ]
    assert cards[0] == cards[1]


def test_a_chart_with_an_ordinary_rash_is_left_in_peace(client, chart):
    few = prefetch(chart)
    few["conditions"]["entry"] = few["conditions"]["entry"][:1]
    few["observations"] = {"resourceType": "Bundle", "entry": []}
    assert client.post(VIEW, json=call("patient-view", prefetch=few)).json() == {"cards": []}


def test_weights_that_fall_stand_in_for_a_weight_loss_nobody_wrote_down(client, chart):
    def weighed(day: str, kilograms: float) -> dict[str, Any]:
        return {
            "resource": {
                "resourceType": "Observation",
                "status": "final",
                "effectiveDateTime": day,
                "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
                "valueQuantity": {"value": kilograms, "unit": "kg"},
            }
        }

    untold = prefetch(chart)
    untold["conditions"]["entry"] = [
        e for e in untold["conditions"]["entry"] if e["resource"]["id"] in {"c1", "c3", "c4", "c6"}
    ]
    without = client.post(VIEW, json=call("patient-view", prefetch=untold)).json()["cards"]
    untold["weights"] = {
        "resourceType": "Bundle",
        "entry": [weighed("2025-12-01", 76), weighed("2026-09-01", 64)],
    }
    (card,) = client.post(VIEW, json=call("patient-view", prefetch=untold)).json()["cards"]
    assert "Weight loss (since 2026-09-01)" in card["detail"]
    assert not without or "Weight loss" not in without[0]["detail"]


def test_a_card_says_when_not_all_of_the_chart_was_used(client, chart):
    (whole,) = client.post(VIEW, json=call("patient-view", prefetch=prefetch(chart))).json()["cards"]
    more = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "FamilyMemberHistory"}}]}
    told = {**prefetch(chart), "family": more}
    (part,) = client.post(VIEW, json=call("patient-view", prefetch=told)).json()["cards"]
    assert "1 FamilyMemberHistory" in part["detail"]
    assert "FamilyMemberHistory" not in whole["detail"]


def test_without_a_rash_there_is_no_card(client, chart):
    bare = prefetch(chart)
    bare["conditions"]["entry"] = bare["conditions"]["entry"][1:3]
    assert client.post(VIEW, json=call("patient-view", prefetch=bare)).json() == {"cards": []}


def test_a_glucagon_already_measured_silences_the_card(client, chart):
    done = prefetch(chart)
    done["observations"]["entry"].append(
        {
            "resource": {
                "resourceType": "Observation",
                "status": "final",
                "effectiveDateTime": "2026-10-01",
                "code": {"coding": [{"system": "http://loinc.org", "code": "2338-2"}]},
                "valueQuantity": {"value": 90, "unit": "pg/mL", "code": "pg/mL"},
            }
        }
    )
    assert client.post(VIEW, json=call("patient-view", prefetch=done)).json() == {"cards": []}


GLUCAGON = {"coding": [{"system": "http://loinc.org", "code": "2338-2"}]}


@pytest.mark.parametrize(
    ("resource", "silent"),
    [
        ({"resourceType": "Observation", "status": "registered", "code": GLUCAGON}, True),
        ({"resourceType": "Observation", "status": "final", "code": GLUCAGON, "valueString": "<10"}, True),
        ({"resourceType": "Observation", "status": "registered", "code": {"text": "Plasma glucagon"}}, True),
        ({"resourceType": "DiagnosticReport", "status": "registered", "code": GLUCAGON}, True),
        ({"resourceType": "ServiceRequest", "status": "active", "code": GLUCAGON}, True),
        ({"resourceType": "ServiceRequest", "status": "revoked", "code": GLUCAGON}, False),
        ({"resourceType": "Observation", "status": "cancelled", "code": GLUCAGON}, False),
        (
            {
                "resourceType": "Observation",
                "status": "final",
                "code": GLUCAGON,
                "dataAbsentReason": {"coding": [{"code": "error"}]},
            },
            False,
        ),
        ({"resourceType": "ServiceRequest", "status": "active", "code": {"text": "Zinc"}}, False),
        (
            {
                "resourceType": "ServiceRequest",
                "status": "active",
                "code": GLUCAGON,
                "subject": {"reference": "Patient/OTHER"},
            },
            False,
        ),
    ],
)
def test_a_glucagon_on_its_way_silences_the_card(client, chart, resource, silent):
    more = {"resourceType": "Bundle", "entry": [{"resource": resource}]}
    body = call("patient-view", prefetch={**prefetch(chart), "orders": more})
    assert len(client.post(VIEW, json=body).json()["cards"]) == (0 if silent else 1)


@pytest.mark.parametrize("told", [{"deceasedBoolean": True}, {"deceasedDateTime": "2026-10-01"}])
def test_the_dead_are_left_in_peace(client, chart, told):
    sent = prefetch(chart)
    sent["patient"] = {**sent["patient"], **told}
    assert client.post(VIEW, json=call("patient-view", prefetch=sent)).json() == {"cards": []}


def test_a_glucagon_among_the_drafts_needs_no_second(client, chart):
    def drafted(**parts):
        context = orders("http://www.whocc.no/atc", "D07AD01")
        order = {"resourceType": "ServiceRequest", "id": "g", "status": "draft", "code": GLUCAGON, **parts}
        context["draftOrders"]["entry"].append({"resource": order})
        body = call("order-select", prefetch=prefetch(chart), context=context)
        return client.post(SELECT, json=body).json()["cards"]

    assert drafted() == []
    assert len(drafted(code={"text": "Haemoglobin"})) == 1
    assert len(drafted(subject={"reference": "Patient/OTHER"})) == 1


def test_a_steroid_drafted_for_another_patient_brings_no_card(client, chart):
    context = orders("http://www.whocc.no/atc", "D07AD01")
    context["draftOrders"]["entry"][0]["resource"]["subject"] = {"reference": "Patient/OTHER"}
    body = call("order-select", prefetch=prefetch(chart), context=context)
    assert client.post(SELECT, json=body).json() == {"cards": []}


def test_the_chart_of_another_patient_is_refused(client, chart):
    other = call("patient-view", prefetch=prefetch(chart), context={"patientId": "999"})
    answer = client.post(VIEW, json=other)
    assert answer.status_code == 412
    assert answer.json()["error"]["kind"] == "other-patient"
    nobody = {**prefetch(chart), "patient": {"resourceType": "OperationOutcome"}}
    assert client.post(VIEW, json=call("patient-view", prefetch=nobody)).status_code == 412


def test_conditions_of_another_patient_make_no_card(client, chart):
    mixed = json.loads(json.dumps(prefetch(chart)))
    for kind in ("conditions", "observations", "medications"):
        for entry in mixed[kind]["entry"]:
            entry["resource"]["subject"] = {"reference": "Patient/OTHER"}
    assert client.post(VIEW, json=call("patient-view", prefetch=mixed)).json() == {"cards": []}


def test_one_entry_of_another_patient_is_named_on_the_card(client, chart):
    mixed = json.loads(json.dumps(prefetch(chart)))
    foreign = {"resourceType": "Condition", "code": {"text": "Stomatitis"}}
    foreign["subject"] = {"reference": "Patient/OTHER"}
    mixed["conditions"]["entry"].append({"resource": foreign})
    (card,) = client.post(VIEW, json=call("patient-view", prefetch=mixed)).json()["cards"]
    assert "Of another patient, and left out: 1 Condition" in card["detail"]
    assert "Stomatitis" not in card["detail"]


def test_another_steroid_brings_the_card_and_another_order_does_not(client, chart):
    steroid = call(
        "order-select", prefetch=prefetch(chart), context=orders("http://www.whocc.no/atc", "D07AD01")
    )
    assert len(client.post(SELECT, json=steroid).json()["cards"]) == 1
    aspirin = call(
        "order-select", prefetch=prefetch(chart), context=orders("http://www.whocc.no/atc", "B01AC06")
    )
    assert client.post(SELECT, json=aspirin).json() == {"cards": []}


def test_numbers_off_leaves_no_number_of_100_in_the_card(served_with, chart):
    with served_with(ServeOptions(numbers=False)) as quiet:
        (card,) = quiet.post(VIEW, json=call("patient-view", prefetch=prefetch(chart))).json()["cards"]
    assert "of 100" not in card["detail"]
    assert "million" not in card["detail"]


# The calls that the CDS Hooks documents print as examples: their prefetch holds a Patient alone, or is
# absent, so that the right answer is that the chart did not come along. Written after them.
LIKE_THE_STANDARD = [
    (
        VIEW,
        {
            "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "fhirServer": "http://hooks.smarthealthit.org:9080",
            "hook": "patient-view",
            "fhirAuthorization": {
                "access_token": "some-opaque-fhir-access-token",
                "token_type": "Bearer",
                "expires_in": 300,
                "scope": "user/Patient.read user/Observation.read",
                "subject": "cds-service4",
            },
            "context": {"userId": "Practitioner/example", "patientId": "1288992", "encounterId": "89284"},
            "prefetch": {
                "patientToGreet": {
                    "resourceType": "Patient",
                    "gender": "male",
                    "birthDate": "1925-12-23",
                    "id": "1288992",
                }
            },
        },
    ),
    (
        SELECT,
        {
            "hook": "order-select",
            "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2eb",
            "context": {
                "userId": "PractitionerRole/123",
                "patientId": "1288992",
                "encounterId": "89284",
                "selections": [
                    "NutritionOrder/pureeddiet-simple",
                    "MedicationRequest/smart-MedicationRequest-103",
                ],
                "draftOrders": {
                    "resourceType": "Bundle",
                    "entry": [
                        {
                            "resource": {
                                "resourceType": "NutritionOrder",
                                "id": "pureeddiet-simple",
                                "status": "draft",
                            }
                        },
                        {
                            "resource": {
                                "resourceType": "MedicationRequest",
                                "id": "smart-MedicationRequest-103",
                                "status": "draft",
                                "intent": "order",
                                "subject": {"reference": "Patient/1288992"},
                                "medicationCodeableConcept": {
                                    "coding": [
                                        {
                                            "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
                                            "code": "617993",
                                        }
                                    ]
                                },
                            }
                        },
                    ],
                },
            },
        },
    ),
]


@pytest.mark.parametrize(("path", "body"), LIKE_THE_STANDARD)
def test_calls_like_the_examples_of_the_standard_are_answered(client, path, body):
    answer = client.post(path, json=body)
    assert answer.status_code == 412
    assert answer.json()["error"]["kind"] == "data-lacking"
    whole = {
        **body,
        "prefetch": {
            "patient": {
                "resourceType": "Patient",
                "gender": "male",
                "birthDate": "1925-12-23",
                "id": "1288992",
            },
            "conditions": {"resourceType": "Bundle", "type": "searchset", "total": 0},
        },
    }
    assert client.post(path, json=whole).json() == {"cards": []}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"hook": "patient-view"}, 422),
        (call("order-sign"), 422),
        (call("order-select"), 422),
        ([], 422),
    ],
)
def test_a_call_of_another_shape_is_refused(client, body, status):
    assert client.post(VIEW, json=body).status_code == status


def test_feedback_is_taken_and_counted_without_the_card(client):
    told = {
        "feedback": [
            {
                "card": str(uuid.uuid4()),
                "outcome": "accepted",
                "acceptedSuggestions": [{"id": "x"}],
                "outcomeTimestamp": "2026-11-21T10:00:00Z",
            },
            {
                "card": str(uuid.uuid4()),
                "outcome": "overridden",
                "overrideReason": {"userComment": "seen before"},
            },
        ]
    }
    assert client.post(f"{VIEW}/feedback", json=told).json() == {}
    assert (
        client.post(f"{VIEW}/feedback", json={"feedback": [{"card": "x", "outcome": "eaten"}]}).status_code
        == 422
    )
    assert client.post("/cds-services/unknown/feedback", json=told).status_code == 404


@pytest.fixture
def signed(tmp_path):
    """A record system with a key, and the file that names it to the server."""
    jwt = pytest.importorskip("jwt", reason="PyJWT is not installed")
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP384R1())
    public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key())) | {"kid": "one", "alg": "ES384"}
    file = tmp_path / "issuers.json"
    file.write_text(json.dumps({"https://ehr.example.org": {"keys": [public]}}))

    def token(**changes: Any) -> str:
        now = int(time.time())
        told = {
            "iss": "https://ehr.example.org",
            "aud": f"http://127.0.0.1:8765{VIEW}",
            "iat": now,
            "exp": now + 300,
            "jti": str(uuid.uuid4()),
            **changes,
        }
        return str(jwt.encode(told, key, algorithm="ES384", headers={"kid": "one"}))

    cds_proof._USED.clear()
    return ServeOptions(cds_issuers=str(file)), token


def test_a_signed_call_is_answered_once_and_no_other(served_with, signed, chart):
    options, token = signed
    body = call("patient-view", prefetch=prefetch(chart))
    with served_with(options) as guarded:

        def status(word: str | None) -> int:
            headers = {} if word is None else {"authorization": f"Bearer {word}"}
            return int(guarded.post(VIEW, json=body, headers=headers).status_code)

        good = token()
        assert status(good) == 200
        assert status(good) == 401  # the same token again
        now = int(time.time())
        wrong = (
            None,
            "not.a.token",
            good[:-8] + "AAAAAAAA",
            token(iss="https://other.example.org"),
            token(aud="https://elsewhere.example.org/cds-services"),
            token(iat=now - 900, exp=now - 600),
            token(exp=now + 90_000),
        )
        assert [status(word) for word in wrong] == [401] * len(wrong)
        assert guarded.get("/cds-services").status_code == 200


def test_a_token_for_another_server_is_worth_nothing_under_its_name(served_with, signed, chart):
    options, token = signed
    body = call("patient-view", prefetch=prefetch(chart))
    evil = token(aud=f"https://evil.example.org{VIEW}")
    for told in (
        {"host": ANYWHERE},
        {"host": ANYWHERE, "address": "https://hoofbeat.example.org"},
        {"address": "https://hoofbeat.example.org"},
    ):
        with served_with(dataclasses.replace(options, token=TOKEN, **told)) as guarded:
            for scheme in ("http", "https"):
                headers = {"authorization": f"Bearer {evil}", "host": "evil.example.org"}
                answer = guarded.post(f"{scheme}://evil.example.org{VIEW}", json=body, headers=headers)
                assert answer.status_code in (401, 421)


def test_a_token_for_the_told_address_is_taken_and_links_lead_there(served_with, signed, chart):
    options, token = signed
    known = "https://hoofbeat.example.org"
    told = dataclasses.replace(options, host=ANYWHERE, address=known, token=TOKEN)
    body = call("patient-view", prefetch=prefetch(chart))
    with served_with(told) as guarded:
        headers = {"authorization": f"Bearer {token(aud=f'{known}{VIEW}')}", "host": "inside:8765"}
        (card,) = guarded.post(VIEW, json=body, headers=headers).json()["cards"]
    assert {link["url"].partition("/diseases")[0] for link in card["links"]} == {known}


def test_signed_calls_on_an_address_of_any_name_do_not_start(signed):
    options, _ = signed
    open_to_all = dataclasses.replace(options, host=ANYWHERE, token=TOKEN)
    with pytest.raises(UsageError, match="where others reach"):
        open_to_all.checked()
    assert dataclasses.replace(open_to_all, address="https://hoofbeat.example.org").checked()
    with pytest.raises(UsageError, match="not encrypted"):
        dataclasses.replace(open_to_all, address="http://hoofbeat.example.org").checked()


def test_a_named_page_elsewhere_may_call_and_no_other(served_with, chart):
    sandbox = "https://sandbox.example.org"
    with served_with(ServeOptions(cds_origins=(sandbox,))) as shared:
        body = call("patient-view", prefetch=prefetch(chart))
        asked = shared.options(VIEW, headers={"origin": sandbox, "access-control-request-method": "POST"})
        assert asked.headers["access-control-allow-origin"] == sandbox
        answer = shared.post(VIEW, json=body, headers={"origin": sandbox, "sec-fetch-site": "cross-site"})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == sandbox
        other = shared.post(VIEW, json=body, headers={"origin": "https://evil.example.org"})
        assert other.status_code == 403
        assert "access-control-allow-origin" not in other.headers
        assert "access-control-allow-origin" not in shared.get("/", headers={"origin": sandbox}).headers
