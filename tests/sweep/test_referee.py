"""A second, plain computation of the same: row by row in Python, with the likelihoods of diagnosis."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from itertools import pairwise

import pyarrow.parquet as pq
import pytest

from hoofbeat.cases import Treatment
from hoofbeat.diagnosis import log_ratios
from hoofbeat.knowledge import load_code_sets, load_knowledge
from hoofbeat.sweep import Place, define, sweep
from hoofbeat.sweep.signals import factor, signals
from hoofbeat.terms import load_ontology

EPOCH = dt.date(1970, 1, 1)
TABLES = {
    "condition_occurrence": ("condition_concept_id", "condition_start_date", "condition_source_value"),
    "observation": ("observation_concept_id", "observation_date", "observation_source_value"),
    "drug_exposure": ("drug_concept_id", "drug_exposure_start_date", "drug_source_value"),
    "measurement": ("measurement_concept_id", "measurement_date", None),
}


def read(folder, name):
    return pq.read_table(folder / f"{name}.parquet").to_pylist()


def numbers_of_concepts(folder):
    """Signals of each concept and of each written code, by following the vocabulary by hand."""
    by_code = {(c["vocabulary_id"], c["concept_code"]): c["concept_id"] for c in read(folder, "concept")}
    maps, below = defaultdict(set), defaultdict(set)
    for row in read(folder, "concept_relationship"):
        maps[row["concept_id_1"]].add(row["concept_id_2"])
    for row in read(folder, "concept_ancestor"):
        below[row["ancestor_concept_id"]].add(row["descendant_concept_id"])
    concepts, texts = defaultdict(set), defaultdict(set)
    for signal in signals():
        for vocabulary, code, _ in signal.codes.pairs():
            texts[f"{vocabulary}|{code}".upper()].add(signal.number)
            own = by_code.get((vocabulary, code))
            if own is None:
                continue
            for concept in {own} | maps[own]:
                wide = vocabulary in ("SNOMED", "RxNorm", "ATC")
                for each in {concept} | (below[concept] if wide else set()):
                    concepts[each].add(signal.number)
    return concepts, texts


def rows_of_people(folder):
    """(signal, day, amount) of each person, everything readable."""
    concepts, texts = numbers_of_concepts(folder)
    units = {
        c["concept_id"]: c["concept_code"] for c in read(folder, "concept") if c["vocabulary_id"] == "UCUM"
    }
    by_number = {s.number: s for s in signals()}
    found = defaultdict(list)
    for table, (concept, date, source) in TABLES.items():
        for row in read(folder, table):
            numbers = concepts[row[concept]]
            if row[concept] == 0 and source and row[source]:
                numbers = texts[row[source].upper()]
            for number in numbers:
                signal, amount = by_number[number], 0
                if (signal.kind in ("test", "weight")) != (table == "measurement"):
                    continue
                if (signal.kind == "drug") != (table == "drug_exposure"):
                    continue
                if table == "measurement":
                    times = factor(signal.codes, units.get(row["unit_concept_id"], ""))
                    if row["value_as_number"] is None or times is None:
                        continue
                    amount = int((row["value_as_number"] * times * 1000 + 0.5) // 1)
                found[row["person_id"]].append((number, (row[date] - EPOCH).days, amount))
    return found


def findings(rows, sex, start, last, history):  # noqa: C901 (plain on purpose)
    """HPO terms (and treatments) that somebody's rows show."""
    by_number = {s.number: s for s in signals()}
    onto = load_ontology()
    seen = [r for r in rows if start <= r[1] <= last]
    passed = []
    for number, day, amount in seen:
        signal = by_number[number]
        limit = signal.limits[sex]
        if signal.sense and signal.sense * amount <= signal.sense * limit:
            continue
        passed.append((number, day, amount))
    recent = [r for r in passed if r[1] > last - history]
    rash_days = sorted({d for n, d, _ in recent if by_number[n].is_rash})
    terms, fresh = set(), defaultdict(list)
    new_terms = {onto.resolve(s.term).id for s in signals() if s.term and s.codes.new}
    for number, day, _ in passed:
        term = by_number[number].term and onto.resolve(by_number[number].term).id
        if term in new_terms:
            fresh[term].append(day)
        elif term and day > last - history:
            terms.add(term)
    if rash_days and rash_days[-1] - rash_days[0] > 91:
        terms.add("HP:0011010")
    if sum(b - a >= 30 for a, b in pairwise(rash_days)) >= 2:
        terms.add("HP:0031796")
    weights = [(d, a) for n, d, a in recent if by_number[n].kind == "weight" and 20_000 <= a <= 400_000]
    if any(a * 100 <= 92 * max(b for e, b in weights if d - 730 <= e <= d) for d, a in weights):
        terms.add("HP:0001824")
    for drug in load_code_sets().drugs:
        days = {d for n, d, _ in recent if by_number[n].codes.set == drug.set}
        if drug.treatment and rash_days and len(days) >= drug.repeated:
            terms.add(f"treatment:{drug.treatment}")
    return terms, fresh, rash_days


def expected_points(definition, ratios, person, seen, span):  # noqa: C901 (plain on purpose)
    """Thousandths of a nat of the better form."""
    (terms, fresh, rash_days), (start, last) = seen, span
    groups = defaultdict(set)
    by_term = {m.term: m for m in definition.members}
    first_of = defaultdict(list)
    for term, days in fresh.items():
        if term in by_term:
            first_of[by_term[term].group].append(min(days))
    for term, days in fresh.items():
        if term not in by_term:
            continue
        first = min(first_of[by_term[term].group])
        near = not rash_days or abs(first - rash_days[0]) <= 730
        recent = any(d > last - definition.history_days for d in days)
        if recent and near and first >= start + 365 and first > last - definition.history_days:
            terms = terms | {term}
    for term in terms & set(by_term):
        groups[by_term[term].group].add(term)
    if not groups:
        return None
    age, sex = person
    at = (None if age is None else float(band_start(definition, age)) + 0.5, sex)
    total = list(definition.form_points)
    for members in groups.values():
        drugs = [m for m in members if m.startswith("treatment:")]
        if drugs:
            told = ratios.response(Treatment(name=drugs[0].split(":")[1], response="partial"))
        else:
            told = ratios.present(sorted(members), [at])[:, 0]
        total = [t + round(float(x) * 1000) for t, x in zip(total, told, strict=True)]
    for f in range(len(total)):
        total[f] += 0 if age is None else round(float(ratios.age(age + 0.5)[f]) * 1000)
        total[f] += round(float(ratios.sex(sex)[f]) * 1000)
    return max(total)


def band_start(definition, age):
    return max(first for first in definition.bands[1:] if first <= age)


@pytest.mark.parametrize("disease", ["glucagonoma", "pellagra"])
def test_points_are_those_of_a_plain_computation(made_up, tmp_path, disease):
    definition, ratios = define(disease), log_ratios(disease)
    periods = {
        p["person_id"]: tuple((p[f"observation_period_{e}_date"] - EPOCH).days for e in ("start", "end"))
        for p in read(made_up, "observation_period")
    }
    known = set(definition.known)
    expected = {}
    for person in read(made_up, "person"):
        number = person["person_id"]
        rows = ROWS[made_up][number]
        start, last = periods[number]
        if any(n in known and d <= last for n, d, _ in rows):
            continue
        sex = {8532: 1, 8507: 2}[person["gender_concept_id"]]
        born = person["year_of_birth"]
        age = None if born is None else min((EPOCH + dt.timedelta(days=last)).year - born, 110)
        seen = findings(rows, sex, start, last, definition.history_days)
        who = (age, ("unknown", "female", "male")[sex])
        points = expected_points(definition, ratios, who, seen, periods[number])
        if points is not None:
            expected[number] = points
    best = sorted(expected.items(), key=lambda x: (-x[1], x[0]))[:80]
    result = sweep(disease, Place(omop=made_up, threads=2), tmp_path, top=80, chances=False)
    assert [(p.person_id, p.score) for p in result.people] == best


class _Rows(dict):
    def __missing__(self, folder):
        self[folder] = rows_of_people(folder)
        return self[folder]


ROWS = _Rows()


def test_the_referee_uses_every_kind_of_evidence(made_up):
    """The data must not make the comparison empty."""
    definition = define("glucagonoma")
    assert {m.term for m in definition.members} >= {"HP:0001824", "HP:0011010", "HP:0031796", "HP:0000819"}
    assert all(m.term in load_knowledge().base_rates or ":" in m.term[:10] for m in definition.members)
    assert len(ROWS[made_up]) > 300
