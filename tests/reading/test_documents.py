"""A text about a disease is no patient; read as a model, its faults and disagreements come to light."""

from __future__ import annotations

import pytest

from hoofbeat.knowledge import find_disease, load_knowledge
from hoofbeat.reading import (
    Remark,
    against,
    as_data,
    disagreements,
    draft_data,
    draft_model,
    faults,
    kind_of,
    page,
    read_letter,
)
from hoofbeat.reading.as_model import how_often
from hoofbeat.reading.documents import outline

# two invented leaflets with the faults that real ones have: a heading of another disease, a list that is
# announced and lost, headings without text, references, and sites in another order
LEAFLET = """Wandering Pink Rash

Also known as Smith rash

What is Wandering Pink Rash?
Wandering pink rash (WPR) is a rare skin condition. It is often itchy. Most patients are adults.

What causes Wandering Pink Rash?

It may be associated with coeliac disease, cirrhosis and zinc deficiency.

What does Wandering Pink Rash look like?

The sites commonly affected include the groin and the buttocks. It may also be found on the face. Patients
often have weight loss. Diarrhoea is present in about 30% of patients.

How is Pseudoxanthoma Elasticum diagnosed?

A skin biopsy is useful. Blood tests may be needed.

How is Wandering Pink Rash treated?

Surgery is often used. Octreotide may help.
"""

PAGE = """Wandering pink rash

Jump to navigation

Signs and symptoms

It commonly affects the face, less commonly the groin and buttocks.[1] Patients with the rash
have diarrhoea in 80%.

Causes

The rash may occur in a number of disorders:[2]


The mechanism of the rash is not known and has been debated since it was first described long ago.

See also

References

1. Smith J (2001). "Cirrhosis and scleroderma in a rash". A Journal. 12: 3-4. doi:10.1000/1.
2. Jones K (2004). "Wandering rash with blindness". B Journal. 1: 2. PMID 1234567.
"""


@pytest.mark.parametrize("text", [LEAFLET, PAGE])
def test_a_page_about_a_disease_is_recognised(text: str) -> None:
    assert kind_of(text) == "disease"


@pytest.mark.parametrize(
    "text",
    [
        "This 40-year-old man has had an itchy rash for 2 months. O/E scaly plaques.",
        "Rash. Itch.",
        "Dear colleague, she may have a rare disease. Patients with glucagonoma may have such a rash.",
        "58F, weight loss, rash",
        "",
    ],
)
def test_a_note_about_a_patient_is_not(text: str) -> None:
    assert kind_of(text) == "patient"


def test_headings_names_and_references_are_told_apart() -> None:
    shape = outline(LEAFLET)
    assert shape.title == "Wandering Pink Rash"
    assert {"Smith rash", "WPR"} <= set(shape.names)
    assert [line.text for line in shape.headings][2:4] == [
        "What does Wandering Pink Rash look like?",
        "How is Pseudoxanthoma Elasticum diagnosed?",
    ]
    assert outline(PAGE).references == 2


def test_lines_lie_where_they_stand() -> None:
    for line in outline(LEAFLET).lines:
        assert line.text in LEAFLET[line.span.start : line.span.end]


def test_a_heading_of_another_disease_is_reported_and_its_text_read() -> None:
    draft = draft_model(LEAFLET, document="leaflet")
    (found,) = [r for r in faults(draft, load_knowledge()) if r.kind == "heading names another disease"]
    assert "Pseudoxanthoma Elasticum" in found.what
    assert found.places == ("leaflet, line 17",)
    assert "skin_biopsy" in {s.key for s in draft.of("test")}


def test_its_own_name_in_a_heading_is_no_fault() -> None:
    text = LEAFLET.replace("Pseudoxanthoma Elasticum", "Wandering Pink Rash")
    found = {r.kind for r in faults(draft_model(text), load_knowledge())}
    assert "heading names another disease" not in found


def test_an_announced_list_that_does_not_come_is_reported() -> None:
    found = faults(draft_model(PAGE, document="page"), load_knowledge())
    (lost,) = [r for r in found if r.kind == "announced list is missing"]
    assert "causes" in lost.what
    assert lost.places == ("page, line 12",)


@pytest.mark.parametrize("items", ["- cirrhosis\n- scurvy", "cirrhosis\nscurvy", "1. cirrhosis\n2. scurvy"])
def test_an_announced_list_that_comes_is_no_fault(items: str) -> None:
    text = PAGE.replace("disorders:[2]\n", f"disorders:[2]\n\n{items}\n")
    found = {r.kind for r in faults(draft_model(text), load_knowledge())}
    assert "announced list is missing" not in found


def test_headings_with_nothing_under_them_are_reported() -> None:
    found = faults(draft_model(PAGE), load_knowledge())
    assert [r.what for r in found if r.kind == "nothing under the heading"] == ["'See also' has no text"]


def test_titles_of_references_are_not_read() -> None:
    draft = draft_model(PAGE)
    assert {"HP:0001394", "HP:0100324", "HP:0000618"}.isdisjoint(s.key for s in draft.stated)


def test_statements_carry_their_place_and_how_often() -> None:
    draft = draft_model(LEAFLET)
    by_key = {s.key: s for s in draft.stated}
    assert (by_key["groin"].how_often, by_key["groin"].place.line) == ("common", 14)
    assert by_key["face"].how_often == "less common"
    assert by_key["HP:0001824"].how_often == "common"
    assert by_key["HP:0002014"].share == (0.3, 0.3)
    assert {"HP:0002608", "HP:0001394"} <= {s.key for s in draft.of("cause")}
    assert {"surgery", "somatostatin analogue"} <= {s.key for s in draft.of("treatment")}


def test_findings_and_sites_of_a_draft_are_in_the_form_of_a_model() -> None:
    from hoofbeat.knowledge.model import FindingsFile

    data = draft_data(draft_model(LEAFLET, document="leaflet"))
    file = FindingsFile.model_validate({"findings": data["findings"], "sites": data["sites"]})
    reported = [f for f in file.findings if f.reported]
    assert [(f.finding, f.reported.source) for f in reported if f.reported] == [("HP:0002014", "leaflet")]
    assert all(f.reported.place.startswith("line 15, sentence ") for f in reported if f.reported)
    assert all("line" in f.assumption.why for f in file.findings if f.assumption)


def test_two_documents_disagree_on_sites_figures_and_causes() -> None:
    drafts = [draft_model(LEAFLET, document="leaflet"), draft_model(PAGE, document="page")]
    said = [r.what for r in disagreements(drafts)]
    assert any(w.startswith("site buttocks: leaflet calls it common, page less common") for w in said)
    assert any(w.startswith("site face: page calls it common, leaflet less common") for w in said)
    assert any("30 % against 80 %" in w for w in said)
    assert any("the list of page is missing; leaflet names" in w and "Cirrhosis" in w for w in said)


def test_look_alikes_are_no_findings_and_rare_says_nothing_of_the_signs() -> None:
    text = LEAFLET.replace("It is often itchy.", "It may look like eczema or psoriasis.").replace(
        "is a rare skin condition", "is a rare, itchy skin condition"
    )
    draft = draft_model(text)
    assert {"HP:0000964"} <= {s.key for s in draft.of("looks_like")}
    assert "HP:0000964" not in {s.key for s in draft.of("finding")}
    (itch,) = [s for s in draft.of("finding") if s.key == "HP:0000989"]
    assert itch.how_often == "named"


def test_a_figure_counts_the_sign_and_not_those_it_is_counted_in() -> None:
    text = PAGE.replace("have diarrhoea in 80%.", "have it in 80% of patients with diarrhoea.")
    shares = {s.key: s.share for s in draft_model(text).stated if s.share}
    assert "HP:0002014" not in shares


def test_a_document_does_not_disagree_with_itself() -> None:
    one, other = draft_model(LEAFLET, document="a"), draft_model(LEAFLET, document="b")
    assert disagreements([one, other]) == []


def test_a_document_is_compared_with_a_model() -> None:
    disease = find_disease(load_knowledge(), "glucagonoma")
    text = LEAFLET.replace("groin and the buttocks", "upper arms").replace("often itchy", "never itchy")
    found = {(r.kind, r.what.split(";")[0]) for r in against(draft_model(text), disease)}
    assert ("agrees", "Weight loss [HP:0001824]") in found
    assert any(kind == "contradicts" and what.startswith("site upper arm") for kind, what in found)
    assert any(kind == "new" and "Cirrhosis" in what for kind, what in found)


def _said_of_pain(share: float) -> Remark:
    disease = find_disease(load_knowledge(), "glucagonoma")
    text = PAGE.replace("diarrhoea in 80%", f"abdominal pain in {100 * share:.0f}%")
    (remark,) = [r for r in against(draft_model(text), disease) if r.what.startswith("Abdominal pain")]
    return remark


def test_a_figure_is_compared_with_the_nearest_row_of_a_variant() -> None:
    disease = find_disease(load_knowledge(), "glucagonoma")
    pain = {row.given: row for row in disease.findings.findings if row.finding == "HP:0002027"}
    low, high = pain["with_nme"], pain["without_nme"]
    said = _said_of_pain(0.01)
    assert said.kind == "contradicts"
    assert said.what.endswith(
        f"is given as 1 %; the model glucagonoma has {100 * low.low:.0f}–{100 * low.high:.0f} % with nme"
    )
    assert said.what.count(f"{100 * high.high:.0f}") == 0
    assert _said_of_pain((high.low + high.high) / 2).kind == "agrees"


def test_a_figure_of_all_patients_agrees_with_what_the_variants_come_to() -> None:
    disease = find_disease(load_knowledge(), "glucagonoma")
    pain = {row.given: row for row in disease.findings.findings if row.finding == "HP:0002027"}
    between = (pain["with_nme"].high + pain["without_nme"].low) / 2
    assert pain["with_nme"].high < between < pain["without_nme"].low
    assert _said_of_pain(between).kind == "agrees"


def test_nothing_in_a_text_about_a_disease_is_a_patients() -> None:
    told = "It was treated with octreotide. Zinc 8 umol/L (10-18). Skin biopsy: parakeratosis. Psoriasis."
    text = PAGE.replace("See also", f"{told}\n\nSee also")
    data = as_data(read_letter(text, kind="disease"))
    kinds = ("findings", "measurements", "treatments", "tests", "diagnoses")
    assert all(data[kind] for kind in kinds)
    assert {part["who"] for kind in kinds for part in data[kind]} == {"general"}
    assert {part["status"] for part in data["diagnoses"]} == {"named"}
    assert "tinea: named" in page(read_letter("It may look like tinea.", kind="disease"))


@pytest.mark.parametrize(
    ("sentence", "word", "often"),
    [
        ("It commonly affects the limbs, less commonly the face.", "limbs", "common"),
        ("It commonly affects the limbs, less commonly the face.", "face", "less common"),
        ("The limbs are affected.", "affected", "named"),
        ("Some have itch.", "itch", "sometimes"),
    ],
)
def test_how_often_is_what_the_last_word_before_says(sentence: str, word: str, often: str) -> None:
    assert how_often(sentence, sentence.index(word)) == often
