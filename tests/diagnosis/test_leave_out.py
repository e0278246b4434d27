"""What a publication said is left out everywhere: score, reasons, range and what is expected."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hoofbeat.cases import Case, Finding, State
from hoofbeat.diagnosis import explain
from hoofbeat.diagnosis.posterior import score_case
from hoofbeat.diagnosis.profiles import what_remains
from hoofbeat.diagnosis.reasons import reasons
from hoofbeat.errors import UsageError
from hoofbeat.knowledge import (
    Annotations,
    Counted,
    Frequency,
    Reported,
    load_annotations,
    load_knowledge,
)

# one paper, cited for some but not all of many rows
MARFAN = "OMIM:154700"


def cited() -> tuple[Annotations, int, str]:
    """The annotations, Marfan syndrome in them, and the paper that most of its rows cite alone."""
    annotations = load_annotations()
    entry = annotations.find(MARFAN)
    assert entry is not None
    alone = [r.references[0] for r in annotations.rows(entry) if len(r.references) == 1]
    papers = [p for p in alone if p.startswith("PMID:")]
    return annotations, entry, max(sorted(set(papers)), key=papers.count)


def patient(publications: tuple[str, ...] = ()) -> Case:
    """A patient with what the paper tells of, and something besides."""
    annotations, entry, paper = cited()
    rows = annotations.rows(entry)
    own = [r.term for r in rows if r.references == (paper,)][:4]
    others = [r.term for r in rows if paper not in r.references][:3]
    findings = [Finding(term=t) for t in dict.fromkeys([*own, *others])]
    absent = Finding(term="HP:0000988", state=State.ABSENT)
    return Case(findings=(*findings, absent), publications=publications)


def test_the_left_out_paper_is_in_no_reason_and_no_expectation() -> None:
    _, _, paper = cited()
    usual, without = explain(patient(), MARFAN), explain(patient(), MARFAN, leave_out=[paper])
    assert [r for r in usual.disease.reasons if paper in r.sources]
    assert not [r for r in without.disease.reasons if paper in r.sources]
    assert without.disease.chance < usual.disease.chance


@pytest.mark.parametrize("disease", [MARFAN, "glucagonoma"])
@pytest.mark.parametrize("leave", [False, True])
def test_reasons_add_up_to_the_score(disease: str, *, leave: bool) -> None:
    """Findings without a common cause: the sum of the log ratios is the score over that of "none"."""
    _, _, paper = cited()
    out = [paper, "wermers_1996", "review_2025"] if leave else []
    scored = score_case(patient(), leave_out=out)
    h = int(np.flatnonzero(scored.table.disease_of == scored.table.find(disease))[0])
    if leave:
        assert scored.rest is not None
        assert h in scored.rest.lines
    assert all(group is None or len(block) == 1 for group, block in scored.observed.blocks)
    total = sum(math.log(r.ratio) for r in reasons(scored, [h])[0])
    assert total == pytest.approx(scored.log_findings[h] - scored.none_findings, abs=1e-6)


@pytest.mark.parametrize("setting", ["described", "dermatology"])
def test_the_range_is_of_the_chance_without_the_paper(setting: str) -> None:
    _, _, paper = cited()
    usual = explain(patient(), MARFAN, setting=setting).disease
    without = explain(patient(), MARFAN, setting=setting, leave_out=[paper]).disease
    assert without.low <= without.chance <= without.high
    assert without.high < usual.chance


def test_a_range_without_a_setting_does_not_draw_the_discount() -> None:
    """Whatever the number of findings: rounding decided it once."""
    for count in range(1, 8):
        case = Case(findings=patient().findings[:count])
        found = explain(case, "OMIM:620785").disease
        assert found.low > found.chance / 1000


def test_a_publication_is_left_out_however_it_is_written() -> None:
    _, _, paper = cited()
    number = paper.removeprefix("PMID:")
    forms = [paper, number, f"pmid: {number}", f"https://pubmed.ncbi.nlm.nih.gov/{number}/"]
    asked = {explain(patient(), MARFAN, leave_out=[form]).disease.chance for form in forms}
    own = {explain(patient(publications=(form,)), MARFAN).disease.chance for form in forms}
    assert len(asked) == 1
    assert own == asked


def test_a_word_that_names_no_publication_is_refused() -> None:
    with pytest.raises(UsageError, match="banana"):
        explain(patient(), MARFAN, leave_out=["banana"])


@pytest.mark.parametrize("form", ["PMID:8606627", "8606627", "wermers_1996"])
def test_our_own_models_leave_a_source_out(form: str) -> None:
    assert load_knowledge().sources["wermers_1996"].pmid == "8606627"
    case = Case(findings=(Finding(term="HP:0001824"), Finding(term="HP:0010280")))
    usual, without = explain(case, "glucagonoma"), explain(case, "glucagonoma", leave_out=[form])
    assert "wermers_1996" in {s for r in usual.disease.reasons for s in r.sources}
    assert "wermers_1996" not in {s for r in without.disease.reasons for s in r.sources}
    assert usual.disease.chance != without.disease.chance


def counted(n: int, of: int, source: str) -> Counted:
    return Counted(n=n, of=of, source=source, place="abstract")


def test_the_next_source_takes_the_place_of_one_left_out() -> None:
    spread = Reported(low=0.1, high=0.3, source="c", place="page 1")
    row = Frequency(counted=counted(1, 4, "a"), also=(spread, counted(2, 5, "b")))
    first = what_remains(row, frozenset({"a"}))
    assert first is not None
    assert (first.counted, first.also) == (counted(2, 5, "b"), (spread,))
    second = what_remains(row, frozenset({"a", "b"}))
    assert second is not None
    assert (second.counted, second.reported) == (None, spread)
    assert what_remains(row, frozenset({"a", "b", "c"})) is None
    assert what_remains(row, frozenset({"x"})) is row


def test_a_sum_keeps_what_is_the_others() -> None:
    row = Frequency(counted=counted(5, 9, "sum"), also=(counted(3, 4, "a"), counted(2, 5, "b")))
    rest = what_remains(row, frozenset({"a"}))
    assert rest is not None
    assert rest.counted is not None
    assert (rest.counted.n, rest.counted.of, rest.sources) == (2, 5, ("sum", "b"))
    assert what_remains(row, frozenset({"a", "b"})) is None


def test_cited_papers_are_counted_as_the_prior_counts_them() -> None:
    annotations, entry, paper = cited()
    papers = {
        ref for r in annotations.rows(entry) for ref in r.references if ref.startswith(("PMID:", "DOI:"))
    }
    assert annotations.cited_counts(sorted(papers))[entry] == annotations.publications[entry] == len(papers)
    assert annotations.cited_counts([paper.lower(), "OMIM:154700", "PMID:0"])[entry] == 1
    assert annotations.cited_counts([]).sum() == 0
