"""Every output says the same as the letter, in its own words, and nothing of the text can act in it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from hoofbeat.cases import State, read_case
from hoofbeat.errors import InputError
from hoofbeat.reading import (
    Letter,
    as_data,
    case_yaml,
    fhir_bundle,
    page,
    phenopacket,
    read_letter,
    table,
    to_case,
    written,
)

EXAMPLE = (Path(__file__).parents[2] / "examples" / "letter.txt").read_text(encoding="utf-8")
ABOUT = (
    "Scurvy is a rare disease. Patients may have an itchy rash. It is often caused by diet. It may be fatal."
)


@pytest.fixture(scope="module")
def letter() -> Letter:
    return read_letter(EXAMPLE)


def test_the_case_file_reads_back_as_the_case(letter: Letter) -> None:
    case = to_case(letter, case_id="x")
    back = read_case(case_yaml(letter, text_id="x").encode())
    assert {(f.term, f.state, f.where, f.forms, f.course) for f in back.findings} == {
        (f.term, f.state, f.where, f.forms, f.course) for f in case.findings
    }
    assert [(m.test, m.value, m.unit) for m in back.measurements] == [
        (m.test, m.value, m.unit) for m in case.measurements
    ]
    assert back.prior_diagnoses == case.prior_diagnoses
    assert (back.age_years, back.sex) == (61, "female")


def test_the_case_file_lists_what_was_left_out(letter: Letter) -> None:
    comments = [line for line in case_yaml(letter).splitlines() if line.startswith("#")]
    assert any("hypothetical: Fever" in line for line in comments)
    assert any("of mother" in line for line in comments)


def test_a_line_break_in_the_text_cannot_leave_its_comment() -> None:
    text = case_yaml(read_letter("An itchy rash. zinc\n\n 12"))
    assert isinstance(yaml.safe_load(text), dict)


def test_the_phenopacket_reads_back_with_absent_findings_onset_and_evidence(letter: Letter) -> None:
    packet = phenopacket(letter, text_id="x", created="2026-01-01T00:00:00Z")
    back = read_case(json.dumps(packet).encode())
    absent = {f.term for f in back.findings if f.state is State.ABSENT}
    assert "HP:0002014" in absent
    rash = next(f for f in back.findings if f.term == "HP:0000988")
    assert rash.since_days == pytest.approx(426, abs=10)
    assert rash.onset_age_years == 60
    for feature in packet["phenotypicFeatures"]:
        (evidence,) = feature["evidence"]
        start, end = map(int, re.findall(r"\d+", evidence["reference"]["description"])[:2])
        assert 0 <= start < end <= len(EXAMPLE)
        assert evidence["evidenceCode"]["id"].startswith("ECO:")
    assert "ECO" in {r["namespacePrefix"] for r in packet["metaData"]["resources"]}


def test_the_phenopacket_is_valid_by_the_published_schema(letter: Letter) -> None:
    phenopackets = pytest.importorskip("phenopackets")
    from google.protobuf.json_format import Parse

    parsed = Parse(json.dumps(phenopacket(letter)), phenopackets.Phenopacket())
    assert len(parsed.phenotypic_features) == len(to_case(letter).findings)


def test_fhir_observations_say_what_is_there_and_what_is_not(letter: Letter) -> None:
    bundle = fhir_bundle(letter, text_id="x")
    resources = [e["resource"] for e in bundle["entry"]]
    found = {
        r["code"]["coding"][0]["code"]: r["valueBoolean"]
        for r in resources
        if r["resourceType"] == "Observation" and "valueBoolean" in r
    }
    assert found["HP:0000988"] is True
    assert found["HP:0002014"] is False
    assert {f.term for f in to_case(letter).findings} == set(found)
    values = {r["valueQuantity"]["value"] for r in resources if "valueQuantity" in r}
    assert {98, 31, 8.9} <= values
    assert all(r["status"] == "preliminary" for r in resources if r["resourceType"] == "Observation")
    relatives = [r for r in resources if r["resourceType"] == "FamilyMemberHistory"]
    assert "brother" in {r["relationship"]["text"] for r in relatives}
    assert len({r["id"] for r in resources}) == len(resources)


def test_plain_data_has_every_span_with_its_words(letter: Letter) -> None:
    data = json.loads(json.dumps(as_data(letter)))
    assert len(data["findings"]) == len(letter.proposals)
    for finding in data["findings"]:
        said = " … ".join(" ".join(EXAMPLE[a:b].split()) for a, b in finding["spans"])
        assert finding["words"] in (said, said[:79] + "…")
    for part in (*data["measurements"], *data["treatments"], *data["diagnoses"], *data["tests"]):
        start, end = part["span"]
        assert part["words"] == " ".join(EXAMPLE[start:end].split())


def test_the_table_has_a_line_a_finding_and_no_stray_tab() -> None:
    letter = read_letter("An itchy\trash\nand weight\n loss.")
    head, *rows = table(letter).splitlines()
    assert len(rows) == len(letter.proposals) > 0
    assert {len(row.split("\t")) for row in (head, *rows)} == {len(head.split("\t"))}


class _Checked(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self.marks: list[str | None] = []
        self.heard = self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        named = dict(attrs)
        self.inside = self.inside or named.get("class") == "text"
        self.heard = named.get("class") == "heard"
        if tag == "mark" and self.inside:
            self.marks.append(named.get("class"))

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "div"
        self.heard = False

    def handle_data(self, data: str) -> None:
        if self.inside and not self.heard:
            self.text.append(data)


def _checked(markup: str) -> _Checked:
    found = _Checked()
    found.feed(markup)
    return found


def test_the_page_shows_the_whole_text_marked_by_status(letter: Letter) -> None:
    found = _checked(page(letter))
    assert "".join(found.text) == EXAMPLE
    assert {"present", "absent", "other", "value", "drug", "diagnosis"} <= set(found.marks)


def test_nothing_in_the_text_can_act_in_the_page() -> None:
    text = "<script>alert(1)</script> An itchy rash <img src=x onerror=alert(1)> & \"weight loss\" 'x'"
    markup = page(read_letter(text), title="<b onload=x>")
    found = _checked(markup)
    assert "".join(found.text) == text
    assert {"script", "img", "b"}.isdisjoint(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on") or name in ("src", "href")]
    assert "http" not in markup.replace("http-equiv", "")


def test_status_is_told_without_colour_too() -> None:
    markup = page(read_letter("No fever. An itchy rash."))
    assert "(absent)" in markup
    styles = re.findall(r"\.(present|absent|uncertain|other)\{[^}]*text-decoration-style:(\w+)", markup)
    assert len({style for _, style in styles}) == 4


def test_colours_of_the_page_can_be_read() -> None:
    """Each ground has a contrast of at least 7 to 1 with the text upon it (WCAG 2.2, level AAA)."""

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    grounds = re.findall(r"\{background:(#[0-9a-f]{6})", page(read_letter("")))
    assert len(grounds) >= 9
    assert all((light(g) + 0.05) / (light("#1a1a1a") + 0.05) >= 7 for g in grounds)


@pytest.mark.parametrize("form", ["yaml", "phenopacket", "fhir"])
def test_a_text_about_a_disease_gives_no_patient_in_any_format(form) -> None:
    with pytest.raises(InputError):
        written(read_letter(ABOUT), form)


@pytest.mark.parametrize("form", ["json", "html", "tsv"])
def test_a_text_about_a_disease_may_be_shown_as_what_it_is(form) -> None:
    shown = written(read_letter(ABOUT), form)
    assert "general" in shown or "a text about a disease" in shown.lower()
