"""Fitting: patients counted once, by publication, and left out again with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hoofbeat.cases import Case, Finding, State
from hoofbeat.diagnosis import fit
from hoofbeat.diagnosis.posterior import score_case
from hoofbeat.errors import KnowledgeError
from hoofbeat.knowledge import COUNTS_FILE, PatientCount, load_annotations, write_counts
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
