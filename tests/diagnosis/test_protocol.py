"""The honest protocol: nothing that was counted from a patient is used for that patient."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.cases import Case, Finding, State
from hoofbeat.diagnosis import bench, load_table
from hoofbeat.diagnosis.evaluation import FACTORS, CaseResult, _calibration
from hoofbeat.diagnosis.exact import answers
from hoofbeat.diagnosis.families import series_name
from hoofbeat.diagnosis.intervals import clustered, mean
from hoofbeat.diagnosis.posterior import at_temperature, score_case
from hoofbeat.diagnosis.profiles import background_rows
from hoofbeat.diagnosis.protocol import parts, recount, sample, standing
from hoofbeat.knowledge import load_annotations
from hoofbeat.terms import load_ontology

MARFAN = "OMIM:154700"


def marfan_rows():
    annotations = load_annotations()
    entry = annotations.find(MARFAN)
    assert entry is not None
    return annotations, entry, annotations.rows(entry)


def named(rows):
    """Rows without their numbers, of which many are "not a number"."""
    return [(row.term, row.references) for row in rows]


def case(number: int, terms: list[str], paper: str, truth: str = MARFAN) -> Case:
    findings = tuple(Finding(term=t) for t in terms)
    return Case(id=f"case {number}", findings=findings, truth=(truth,), publications=(paper,))


def test_a_row_of_one_publication_goes_and_others_stay() -> None:
    annotations, entry, rows = marfan_rows()
    alone = next(r for r in rows if len(r.references) == 1 and r.references[0].startswith("PMID:"))
    left = annotations.rows(entry, without=alone.references)
    assert named(left) == [r for r in named(rows) if alone.references[0] not in r[1]]


def test_shared_rows_keep_what_is_the_others() -> None:
    annotations, entry, rows = marfan_rows()
    shared = next(r for r in rows if len(r.references) > 1 and r.of == r.of and r.n > 3)
    paper, term = shared.references[0], load_ontology().index(shared.term)
    left = annotations.rows(entry, without=[paper], counted={paper: {term: (2, 3)}})
    row = next(r for r in left if r.term == shared.term and r.of == shared.of - 3)
    assert (row.n, row.references) == (shared.n - 2, shared.references[1:])


def test_a_shared_row_that_was_all_this_publications_goes() -> None:
    annotations, entry, rows = marfan_rows()
    shared = next(r for r in rows if len(r.references) > 1 and r.of == r.of)
    paper, term = shared.references[0], load_ontology().index(shared.term)
    everyone = {paper: {term: (int(shared.n), int(shared.of))}}
    left = annotations.rows(entry, without=[paper], counted=everyone)
    assert not [r for r in left if r.references == shared.references[1:] and r.term == shared.term]


def test_nothing_left_out_changes_nothing() -> None:
    annotations, entry, rows = marfan_rows()
    assert named(annotations.rows(entry, without=["PMID:0"], counted={})) == named(rows)


def test_patients_are_counted_by_disease_and_publication() -> None:
    _, entry, _ = marfan_rows()
    itch, loss = "HP:0000989", "HP:0001824"
    absent = Finding(term=loss, state=State.ABSENT)
    silent = Finding(term=loss, state=State.NOT_ASKED)
    one = case(1, [itch], "PMID:1")
    cases = [
        one.model_copy(update={"findings": (*one.findings, absent)}),
        one.model_copy(update={"findings": (*one.findings, silent)}),
        case(3, [itch], "PMID:2"),
    ]
    onto = load_ontology()
    assert recount(cases)[entry] == {
        "PMID:1": {onto.index(itch): (2, 2), onto.index(loss): (0, 1)},
        "PMID:2": {onto.index(itch): (1, 1)},
    }


@given(st.permutations(range(9)))
def test_at_most_four_of_a_publication_whatever_the_order(order: list[int]) -> None:
    cases = [case(i, ["HP:0000989"], f"PMID:{i // 7}") for i in order]
    kept = {c.id for c in sample(cases).cases}
    assert kept == {c.id for c in sample(sorted(cases, key=lambda c: c.id)).cases}
    assert len(kept) == 4 + 2


def test_cases_are_told_apart_by_how_they_stand_to_the_annotations() -> None:
    _, _, rows = marfan_rows()
    cited = next(r.references[0] for r in rows if r.references[0].startswith("PMID:"))
    stand = {p: standing(case(1, ["HP:0000989"], p), {}) for p in ("PMID:0", cited)}
    assert stand["PMID:0"] is not None
    assert stand["PMID:0"].clean
    assert stand[cited] is not None
    assert not stand[cited].clean
    assert standing(case(1, ["HP:0000989"], "PMID:0", truth="OMIM:1"), {}) is None


def test_a_disease_left_without_rows_is_in_no_rate() -> None:
    annotations = load_annotations()
    entry = next(
        e
        for e in range(len(annotations))
        if {r.references for r in annotations.rows(e)}
        and len({r.references for r in annotations.rows(e)}) == 1
        and annotations.rows(e)[0].references[0].startswith("PMID:")
    )
    rows = annotations.rows(entry)
    truth = annotations.entries[entry].ids[0]
    lost = case(1, [r.term for r in rows[:3]], rows[0].references[0], truth)
    found = case(2, [r.term for r in rows[:3]], "PMID:0", truth)
    result = bench([lost, found], honest=True)
    assert (result.emptied, result.groups["all"].n, result.protocol) == (1, 1, "honest")
    assert {c.id: c.emptied for c in result.cases} == {"case 1": True, "case 2": False}
    assert bench([lost]).emptied == 0


@given(st.integers(0, 10_000))
def test_a_disease_put_together_again_is_the_one_in_the_table(number: int) -> None:
    table, onto = load_table(), load_ontology()
    h = table.own_count + number % (len(table) - table.own_count)
    rows = background_rows(load_annotations(), table[h].entry)
    lines = np.array([h])
    again = table.with_rows(lines, [rows], onto)
    asked = [(d.term, True) for d in rows[:10]]
    there, here = answers(table, onto, asked, lines), answers(again, onto, asked, np.array([0]))
    for one, other in zip(there, here, strict=True):
        assert one.ratio == pytest.approx(other.ratio, rel=1e-5)
        assert (one.via == other.via).all()


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from("abcd")), min_size=1, max_size=30))
def test_an_interval_by_clusters_holds_the_mean(rows: list[tuple[float, str]]) -> None:
    values, clusters = zip(*rows, strict=True)
    share = clustered(values, clusters)
    assert share.low - 1e-9 <= share.value <= share.high + 1e-9
    assert share.value == pytest.approx(mean(values).value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Deafness, autosomal dominant 1", "Deafness, autosomal recessive 1A"),
        ("Charcot-Marie-Tooth disease, type 1B", "Charcot-Marie-Tooth disease, type 4C"),
        ("Spinocerebellar ataxia 31", "Spinocerebellar ataxia 29, congenital nonprogressive"),
    ],
)
def test_types_of_one_disease_are_a_series(one: str, other: str) -> None:
    assert series_name(one) == series_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Marfan syndrome", "Loeys-Dietz syndrome 1"), ("Glucagonoma", "Gastrinoma"), ("X", "Y")],
)
def test_other_diseases_are_not(one: str, other: str) -> None:
    assert series_name(one) != series_name(other)


def test_several_processes_give_the_same_results_in_the_same_order() -> None:
    cases = [case(i, ["HP:0000989", "HP:0001166"], f"PMID:{i}") for i in range(6)]
    alone, shared = (bench(cases, honest=True, jobs=jobs) for jobs in (1, 2))
    same = [(c.id, c.rank, c.chance, c.first) for c in alone.cases]
    assert [(c.id, c.rank, c.chance, c.first) for c in shared.cases] == same
    assert shared.summary == alone.summary


def result(chance: float, rank: float) -> CaseResult:
    return CaseResult(
        id="x", truth="OMIM:1", rank=rank, milliseconds=1, first="OMIM:2", first_chance=chance, chance=None
    )


def test_chances_that_come_true_have_no_calibration_error() -> None:
    honest = [result(0.25, 1 if i % 4 == 0 else 2) for i in range(400)]
    boastful = [result(0.95, 1 if i % 4 == 0 else 2) for i in range(400)]
    found = _calibration(honest), _calibration(boastful)
    assert found[0] is not None
    assert found[0].error == pytest.approx(0)
    assert found[0].sure == 0
    assert found[1] is not None
    assert found[1].error == pytest.approx(0.7)
    assert (found[1].sure, found[1].sure_right.value) == (400, 0.25)


def test_the_factor_is_the_temperature_that_fits_best() -> None:
    wished = FACTORS.index(1.4)
    heated = tuple(-abs(i - wished) for i in range(len(FACTORS)))
    found = _calibration([result(0.5, 1).model_copy(update={"heated": heated})])
    assert found is not None
    assert found.factor == 1.4


def test_another_temperature_sharpens_or_flattens_the_chances() -> None:
    scored = score_case(case(1, ["HP:0031181", "HP:0001824", "HP:0000819"], "PMID:1"))
    first = int(scored.posterior[:-1].argmax())
    assert at_temperature(scored, 1.0) == pytest.approx(scored.posterior)
    assert at_temperature(scored, 2.0)[first] > scored.posterior[first] > at_temperature(scored, 0.5)[first]


def test_parts_share_no_disease_gene_or_publication() -> None:
    """What a constant was chosen with is never asked again."""
    many = [
        Case(id=str(i), truth=(f"OMIM:{154700 + i % 40}",), publications=(f"PMID:{i % 97}",))
        for i in range(60)
    ]
    found = parts(many)
    assert {"tune", "report"} >= set(found)
    for one, mine in zip(many, found, strict=True):
        for other, its in zip(many, found, strict=True):
            if one.truth == other.truth or one.publications == other.publications:
                assert mine == its


def test_a_part_does_not_depend_on_the_order_of_the_cases() -> None:
    many = [Case(id=str(i), truth=(f"OMIM:{i}",), publications=(f"PMID:{i // 2}",)) for i in range(200)]
    found = dict(zip((c.id for c in many), parts(many), strict=True))
    assert dict(zip((c.id for c in many[::-1]), parts(many[::-1]), strict=True)) == found
    assert 0.4 < list(found.values()).count("tune") / 200 < 0.8
