"""Fitting: patients counted once, by publication, and left out again with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hoofbeat.apps.cli.fit import fit as fit_command
from hoofbeat.cases import Case, Finding, State
from hoofbeat.diagnosis import explain, fit, load_table
from hoofbeat.diagnosis.posterior import score_case
from hoofbeat.errors import KnowledgeError, UsageError
from hoofbeat.knowledge import COUNTS_FILE, PatientCount, add_counts, load_annotations, write_counts
from hoofbeat.knowledge.counts import read_counts

MARFAN, ITCH, LOSS = "OMIM:154700", "HP:0000989", "HP:0001824"


def case(identifier: str, *terms: str, paper: str = "PMID:1", truth: str = MARFAN, absent: str = "") -> Case:
    findings = [Finding(term=t) for t in terms]
    if absent:
        findings.append(Finding(term=absent, state=State.ABSENT))
    return Case(id=identifier, findings=tuple(findings), truth=(truth,), publications=(paper,))


def test_present_absent_and_not_asked_are_counted_apart() -> None:
    silent = Finding(term=LOSS, state=State.NOT_ASKED)
    third = case("c", ITCH)
    cases = [
        case("a", ITCH),
        case("b", ITCH, absent=LOSS),
        third.model_copy(update={"findings": (*third.findings, silent)}),
    ]
    counted = {(c.term, c.n, c.of) for c in fit(cases).counts}
    assert counted == {(ITCH, 3, 3), (LOSS, 0, 1)}


def test_no_patient_counts_twice_and_none_that_cannot_be_left_out() -> None:
    unknown = case("d", ITCH).model_copy(update={"truth": ()})
    nowhere = case("e", ITCH).model_copy(update={"publications": ()})
    fitted = fit([case("a", ITCH), case("a", ITCH), case("a", ITCH, paper="PMID:2"), unknown, nowhere])
    assert (fitted.patients, fitted.twice, fitted.without_diagnosis, fitted.without_publication) == (
        2,
        1,
        1,
        1,
    )
    assert [(c.publication, c.n) for c in fitted.counts] == [("PMID:1", 1), ("PMID:2", 1)]


def test_counts_are_read_back_as_written(tmp_path: Path) -> None:
    rows = [PatientCount(MARFAN, "Marfan syndrome", "PMID:1", ITCH, 1, 3)]
    write_counts(tmp_path / "c.tsv", rows, made_from=["a.jsonl"])
    assert read_counts(tmp_path / "c.tsv") == rows
    assert (tmp_path / "c.tsv").read_text(encoding="utf-8").startswith("# counted from a.jsonl\n")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("OMIM:1\tX\tPMID:1\tHP:0000989\t4\t3", "4 of 3"),
        ("OMIM:1\tX\tPMID:1\tHP:0000989\tx\t3", "x of 3"),
        ("OMIM:1\tX", "2 columns"),
    ],
)
def test_a_faulty_count_is_refused_with_its_line(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "c.tsv"
    path.write_text(f"disease\tname\tpublication\tterm\tn\tof\n{line}\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match=says) as fault:
        read_counts(path)
    assert fault.value.where.endswith("line 2")


@pytest.fixture
def fitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Case]:
    """Eight patients with itch, which is no known sign of Marfan syndrome, and one with a new disease."""
    cases = [case(str(i), ITCH) for i in range(8)] + [case("new", ITCH, LOSS, truth="TEST:9", paper="PMID:9")]
    write_counts(tmp_path / COUNTS_FILE, fit(cases).counts, made_from=["cases"])
    monkeypatch.setenv("HOOFBEAT_MODELS", str(tmp_path))
    return cases


def place(one: Case, disease: str = MARFAN, **options: object) -> float:
    scored = score_case(one, **options)
    number = scored.table.find(disease)
    return float(scored.log_findings[scored.table.disease_of == number][0])


def test_counts_deepen_a_profile_and_say_from_where(
    fitted: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = case("stranger", ITCH, paper="PMID:77")
    deep = place(stranger)
    annotations = load_annotations()
    entry = annotations.find(MARFAN)
    assert entry is not None
    row = next(r for r in annotations.rows(entry) if r.term == ITCH)
    assert (row.n, row.of, row.references) == (8, 8, ("PMID:1",))
    monkeypatch.delenv("HOOFBEAT_MODELS")
    assert deep > place(stranger) + 1


def test_a_patient_is_never_scored_with_himself(fitted: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    own = place(fitted[0])
    monkeypatch.delenv("HOOFBEAT_MODELS")
    assert own == pytest.approx(place(fitted[0]), abs=0.05)


def test_nor_does_a_model_of_ours_learn_from_him(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = case("a", "HP:0100806", "HP:0000518", truth="ORPHA:97280")
    before = place(one, "glucagonoma")
    write_counts(tmp_path / COUNTS_FILE, fit([one]).counts, made_from=["a"])
    monkeypatch.setenv("HOOFBEAT_MODELS", str(tmp_path))
    assert place(one, "glucagonoma") == pytest.approx(before, abs=0.05)
    stranger = one.model_copy(update={"publications": ("PMID:77",)})
    assert place(stranger, "glucagonoma") > before + 1
    told = explain(one, "glucagonoma").disease.reasons
    assert not [r for r in told if "PMID:1" in r.sources]


@pytest.mark.parametrize("name", ["MONDO:0007947", "omim:154700", "ORPHA:558"])
def test_a_diagnosis_by_another_id_makes_no_second_disease(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = len(load_annotations())
    assert {c.disease for c in fit([case("a", ITCH, truth=name)]).counts} == {MARFAN}
    # nor does a table of counts that was written by hand
    rows = [PatientCount(name, "", "PMID:1", ITCH, 1, 1)]
    write_counts(tmp_path / COUNTS_FILE, rows, made_from=["a"])
    monkeypatch.setenv("HOOFBEAT_MODELS", str(tmp_path))
    annotations = load_annotations()
    assert len(annotations) == count
    assert ITCH in {r.term for r in annotations.rows(annotations.find(MARFAN) or 0)}


def test_patients_of_a_model_without_annotations_deepen_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    diseases = load_table().disease_count
    one = case("a", "HP:0000518", truth="hoofbeat:pseudoglucagonoma")
    write_counts(tmp_path / COUNTS_FILE, fit([one]).counts, made_from=["a"])
    stranger = one.model_copy(update={"publications": ("PMID:77",)})
    before = place(stranger, "pseudoglucagonoma")
    monkeypatch.setenv("HOOFBEAT_MODELS", str(tmp_path))
    assert load_table().disease_count == diseases
    assert place(stranger, "pseudoglucagonoma") > before + 1


def test_counted_patients_are_not_said_to_be_annotations(fitted: list[Case]) -> None:
    stranger = case("stranger", ITCH, paper="PMID:77")
    reason = explain(stranger, MARFAN).disease.reasons[0]
    assert (reason.evidence, reason.sources) == ("8 of 8, counted by hoofbeat fit", ("PMID:1",))


def test_the_same_counts_in_two_folders_count_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = [PatientCount(MARFAN, "", "PMID:1", ITCH, 2, 3)]
    more = [PatientCount(MARFAN, "", "PMID:1", ITCH, 3, 5)]
    for name, rows in (("a", fewer), ("b", more)):
        (tmp_path / name).mkdir()
        write_counts(tmp_path / name / COUNTS_FILE, rows, made_from=[name])
    monkeypatch.setenv("HOOFBEAT_MODELS", os.pathsep.join(str(tmp_path / name) for name in "ab"))
    annotations = load_annotations()
    found = [r for r in annotations.rows(annotations.find(MARFAN) or 0) if r.term == ITCH]
    assert [(r.n, r.of, r.fitted) for r in found] == [(3, 5, True)]


def test_counts_added_to_a_table_neither_replace_it_nor_add_up(tmp_path: Path) -> None:
    path = tmp_path / COUNTS_FILE
    there = [PatientCount(MARFAN, "", "PMID:1", ITCH, 2, 3), PatientCount(MARFAN, "", "PMID:2", ITCH, 1, 1)]
    write_counts(path, there, made_from=["a"])
    more = [PatientCount(MARFAN, "", "PMID:1", ITCH, 3, 5), PatientCount(MARFAN, "", "PMID:1", LOSS, 1, 1)]
    added = add_counts(path, more, made_from=["b"])
    assert added.counts == sorted([*more, there[1]])
    assert (added.made_from, added.known) == (["a", "b"], 1)
    write_counts(path, added.counts, made_from=added.made_from)
    assert add_counts(path, more, made_from=["b"]).counts == added.counts


def test_a_publication_is_one_however_written_and_one_that_is_none_cannot_be_left_out() -> None:
    fitted = fit([case("a", ITCH), case("a", ITCH, paper="pmid: 1"), case("b", ITCH, paper="Smith 1998")])
    assert (fitted.patients, fitted.twice, fitted.without_publication) == (1, 1, 1)


def test_fit_into_a_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match="into"):
        fit_command([], tmp_path / "file")


def test_a_disease_nobody_annotated_can_be_added_by_its_patients(fitted: list[Case]) -> None:
    entry = load_annotations().find("TEST:9")
    assert entry is not None
    assert {r.term for r in load_annotations().rows(entry)} == {ITCH, LOSS}


def test_the_described_prior_raises_the_often_described() -> None:
    one = Case(findings=(Finding(term=ITCH),))
    uniform, described = (score_case(one, setting=word) for word in ("uniform", "described"))
    annotations, table = load_annotations(), uniform.table
    papers = annotations.publications
    most, none = int(papers.argmax()), int((papers == 0).argmax())
    often, never = (table.find(annotations.entries[e].ids[0]) for e in (most, none))
    raised = described.posterior / uniform.posterior
    assert raised[often] > raised[never]
    assert described.posterior.sum() == pytest.approx(1)
