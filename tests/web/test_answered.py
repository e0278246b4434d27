"""One fault, or one finding left out, changes its own part: the rest is answered, the record is whole."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("fastapi", reason="the page is not installed: pip install 'hoofbeat[web]'")

from hoofbeat.apps.web.answered import asked_of, without
from hoofbeat.apps.web.pressed import press
from hoofbeat.apps.web.proposals import add_confirmed
from hoofbeat.apps.web.sheet import FindingRow, Sheet, TreatmentRow, ValueRow
from hoofbeat.cases import read_case, to_yaml

WEIGHT_LOSS = "HP:0001824"


def filled(**more):
    terms = ("HP:0000206", "HP:0200041", "HP:0000819")
    return Sheet(findings=[FindingRow(t) for t in terms], **more)


def fields_of(sheet):
    """The fields a browser sends for a form."""
    sent = {"age": sheet.age}
    for n, f in enumerate(sheet.findings):
        sent |= {f"f-{n}-term": f.term, f"f-{n}-state": f.state, f"f-{n}-since": f.since}
        sent |= {f"f-{n}-left": "1" if f.left else ""}
    for n, v in enumerate(sheet.values):
        sent |= {f"m-{n}-test": v.test, f"m-{n}-value": v.value, f"m-{n}-unit": v.unit}
    return sent


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"age": "abc"}, "is no age"),
        ({"since": "since easter"}, "is no span of time"),
        ({"values": [ValueRow("zinc", "7", "kg")]}, "cannot be given in kg"),
        ({"contradiction": True}, "absent"),
    ],
)
def test_a_fault_takes_its_own_field_out_and_the_rest_is_answered(client, fault, said):
    sheet = filled(age=fault.get("age", ""), values=fault.get("values", []))
    sheet.findings[0].since = fault.get("since", "")
    if fault.get("contradiction"):
        sheet.findings.append(FindingRow("HP:0000206", "absent"))
    asked = asked_of(sheet)
    assert {f.term for f in asked.case.findings} == {"HP:0000206", "HP:0200041", "HP:0000819"}
    assert any(said in i.message for i in asked.issues)
    page = client.post("/", data=fields_of(sheet), headers={"accept": "text/html"}).text
    assert 'id="differential"' in page
    assert "Not used:" in page
    assert said in page[page.index('id="answer"') :]


def test_a_filled_form_is_never_met_with_the_welcome(client):
    left = FindingRow("HP:0000206", left=True)
    for sheet in (Sheet(findings=[left]), Sheet(values=[ValueRow("zinc", "7", "kg")])):
        sent = fields_of(sheet)
        page = client.post("/", data=sent, headers={"accept": "text/html"}).text
        assert "Three findings are enough" not in page
        assert "Nothing counts yet" in page
    assert "Three findings are enough" in client.get("/").text


def test_weight_loss_with_kilograms_is_added_and_the_answer_stays(client):
    sent = fields_of(filled()) | {"add": "weight loss 10 kg", "do": "add"}
    page = client.post("/", data=sent, headers={"accept": "text/html"}).text
    assert f'value="{WEIGHT_LOSS}"' in page
    assert 'id="differential"' in page


@pytest.fixture
def without_weight():
    """The published patient with weight loss left out: what the page sends to take it away."""
    sheet = Sheet()
    press(sheet, {"do": "example"})
    row = next(f for f in sheet.findings if f.term == WEIGHT_LOSS)
    row.left = True
    asked = asked_of(sheet)
    assert asked.without == ("Weight loss",)
    return {"case": to_yaml(asked.whole), "answered": to_yaml(asked.case), "setting": "dermatology"}


def test_the_page_sends_the_whole_record_and_what_was_answered(client, without_weight):
    sheet = Sheet()
    press(sheet, {"do": "example"})
    next(f for f in sheet.findings if f.term == WEIGHT_LOSS).left = True
    page = client.post("/", data=fields_of(sheet), headers={"accept": "text/html"}).text
    assert "Answered without: Weight loss." in page
    taken = page[page.index('name="case" hidden') :].partition("</textarea>")[0]
    answered = page[page.index('name="answered"') :].partition("</textarea>")[0]
    assert WEIGHT_LOSS in taken
    assert WEIGHT_LOSS not in answered


def test_the_report_says_what_it_was_made_without(client, without_weight):
    text = client.post("/take/text", data=without_weight).text
    assert "Answered without: Weight loss" in text
    whole = client.post("/take/text", data={k: v for k, v in without_weight.items() if k != "answered"}).text
    assert "Answered without" not in whole


def test_a_finding_left_out_stays_in_every_file(client, without_weight):
    file = client.post("/take/case", data=without_weight).text
    assert file.startswith("# answered without: Weight loss")
    assert WEIGHT_LOSS in {f.term for f in read_case(file.encode()).findings}
    packet = client.post("/take/phenopacket", data=without_weight).json()
    assert WEIGHT_LOSS in json.dumps(packet["phenotypicFeatures"])
    entries = client.post("/take/fhir", data=without_weight).json()["entry"]
    mine = [e for e in entries if WEIGHT_LOSS in json.dumps(e["resource"].get("code", {}))]
    assert len(mine) == 1
    assert mine[0]["resource"]["subject"] == {"reference": entries[0]["fullUrl"]}
    risk = next(e["resource"] for e in entries if e["resource"]["resourceType"] == "RiskAssessment")
    assert mine[0]["fullUrl"] not in json.dumps(risk["basis"])
    said = next(e["resource"] for e in entries if e["resource"]["resourceType"] == "ClinicalImpression")
    assert "Answered without: Weight loss." in [n["text"] for n in said["note"]]


def test_the_rash_left_out_takes_its_sites_along():
    sheet = filled(sites=("groin",))
    sheet.findings.append(FindingRow("HP:0000988", left=True))
    asked = asked_of(sheet)
    assert "HP:0000988" not in {f.term for f in asked.case.findings}
    assert asked.without == ("Skin rash",)
    assert [f.where for f in asked.whole.findings if f.term == "HP:0000988"] == [("groin",)]


def test_without_names_one_of_two_alike():
    twice = read_case({"treatments": [{"name": "octreotide", "date": d} for d in ("2024", "2025")]})
    once = twice.model_copy(update={"treatments": twice.treatments[:1]})
    assert without(twice, once) == ("octreotide",)


def test_a_treatment_given_twice_is_two_treatments():
    told = [("partial", "2024"), ("relapse", "2025")]
    rows = [{"name": "potent topical steroid", "response": r, "date": d} for r, d in told]
    case = read_case({"findings": ["glossitis"], "treatments": rows})
    sheet = Sheet()
    fields = {"proposed": to_yaml(case), "tick-f0": "1", "tick-t0": "1", "tick-t1": "1"}
    assert add_confirmed(sheet, fields) == "3 confirmed; they count now."
    assert [(t.response, t.date) for t in sheet.treatments] == told
    # the same once more adds nothing, and says so, though one of them is left out
    sheet.treatments[0].left = True
    assert add_confirmed(sheet, fields) == ("0 confirmed; they count now. 3 more stood in the form already.")
    assert sheet.treatments == [
        TreatmentRow("potent topical steroid", "partial", "2024", left=True),
        TreatmentRow("potent topical steroid", "relapse", "2025"),
    ]


def test_a_long_letter_and_a_large_chart_are_read_to_their_end(chart):
    entry = {"resource": {"resourceType": "Basic", "id": "x" * 60}}
    large = chart | {"entry": [*chart["entry"], *[entry] * 3000]}
    text = json.dumps(large)
    assert len(text) > 200_000
    assert press(Sheet(), {"do": "read", "note": text}).pasted.kind == "FHIR"
    letter = "She was seen on the ward today. " * 7000 + "She has glossitis."
    pasted = press(Sheet(), {"do": "read", "note": letter}).pasted
    assert [line.label for line in pasted.lines if line.key.startswith("f")] == ["Glossitis"]


def test_the_timeline_tells_values_as_they_were_given(client):
    values = [{"test": "zinc", "value": 7, "unit": "µmol/L", "low": 11, "high": 18, "date": "2026-01-01"}]
    case = read_case({"findings": ["glossitis"], "measurements": values})
    text = client.post("/take/text", data={"case": to_yaml(case)}).text
    assert "7 µmol/L (0.64 times the lower limit)" in text
    sheet = Sheet()
    sheet.take(case)
    from hoofbeat.apps.web.onward_view import onward

    rows = onward(case, sheet)["time"]["rows"]
    assert [r["value"] for r in rows if r["kind"] == "value"] == ["7 µmol/L (0.64 times the lower limit)"]
