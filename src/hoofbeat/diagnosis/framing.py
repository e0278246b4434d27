"""What is known before any finding: age, sex, how common the disease is, and who comes to this clinic."""

from __future__ import annotations

import math
from collections.abc import Collection
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from hoofbeat.cases import Case, State
from hoofbeat.diagnosis.table import Table
from hoofbeat.knowledge import (
    Disease,
    Knowledge,
    load_annotations,
    load_encounter_ages,
    load_knowledge,
    load_settings,
)
from hoofbeat.terms import load_ontology

Vector = npt.NDArray[np.float64]
OLDEST = 100.0
# Ages and sexes outside the usual do occur: this share of any disease's patients is spread evenly.
ANY_AGE = 0.05
SMOOTHING = 1.0
# Ages of published patients are biased and the models' are mostly assumed: age counts at half its weight.
# Measured on 2,500 patients with other diseases: at full weight, glucagonoma came first in 15 of them by age
# alone; at half weight in none, and other diseases ranked as well or better.
AGE_TRUST = 0.5
# A family's mode of inheritance is seldom certain, and annotations seldom complete: assumed.
MODE_RIGHT, MODE_WRONG = 0.8, 0.1
X_LINKED, AUTOSOMAL = ("HP:0001417",), ("HP:0000006", "HP:0000007")
# How fast the "described" prior grows with publications (a study of other patients found 0.3 to 0.6 best;
# measured again here), and what our own models count as: assumed.
DESCRIBED_WEIGHT, OWN_PUBLICATIONS = 0.3, 3.0


def log_age(table: Table, age_years: float | None, *, without: Collection[str] = ()) -> Vector:
    """Log density per year of being seen at this age, for every hypothesis, against an even spread over life.

    Our own models: a normal of the stated mean and standard deviation, cut at 0 and 100, with 5 % spread
    evenly. The background: counted ages of published patients, by the onset the annotations give, except
    those that cite only publications of `without`.
    """
    if age_years is None:
        return np.zeros(len(table))
    age = min(age_years, OLDEST - 1e-6)
    own, classes, by_class = _ages(table.version)
    density = np.empty(len(table))
    density[: table.own_count] = [_normal(age, *shape) for shape in own]
    band = int(np.searchsorted(load_encounter_ages().bands, age, side="right")) - 1
    density[table.own_count :] = by_class[classes[table.own_count :], band]
    changed = load_annotations().onsets_without(without) if without else {}
    if changed:
        names = list(load_encounter_ages().patients)
        other = _onset_classes(np.array(list(changed.values())), names)
        for entry, label in zip(changed, other, strict=True):
            density[table.own_count :][table.entry[table.own_count :] == entry] = by_class[label, band]
    result: Vector = AGE_TRUST * np.log(density * OLDEST)
    return result


def _normal(age: float, mean: float, sd: float) -> float:
    if math.isnan(mean):
        return 1 / OLDEST
    inside = 0.5 * (math.erf((OLDEST - mean) / sd / math.sqrt(2)) - math.erf((0 - mean) / sd / math.sqrt(2)))
    density = math.exp(-0.5 * ((age - mean) / sd) ** 2) / (sd * math.sqrt(2 * math.pi)) / max(inside, 1e-6)
    return (1 - ANY_AGE) * density + ANY_AGE / OLDEST


def _onset_classes(onset: Vector, names: list[str]) -> npt.NDArray[np.int64]:
    """Which of the named classes of onset each span of ages, in years, belongs to."""
    low, high = onset[:, 0], onset[:, 1]
    return np.select(
        [np.isnan(low), high <= 0.08, high <= 1, high <= 15, low >= 16],
        [names.index(n) for n in ("unknown", "birth", "infancy", "childhood", "adult")],
        names.index("mixed"),
    )


@lru_cache(maxsize=4)
def _ages(_version: str) -> tuple[list[tuple[float, float]], npt.NDArray[np.int64], Vector]:
    from hoofbeat.diagnosis.table import load_table

    table, knowledge, annotations, ages = (
        load_table(),
        load_knowledge(),
        load_annotations(),
        load_encounter_ages(),
    )
    own = []
    for h in range(table.own_count):
        shape = knowledge.diseases[table[h].slug].about.age
        own.append((shape.middle, shape.sd) if shape else (math.nan, 1.0))
    names = list(ages.patients)
    classes = np.zeros(len(table), dtype=np.int64)
    label = _onset_classes(annotations.onset, names)
    classes[table.own_count :] = label[table.entry[table.own_count :]]
    widths = np.diff(np.minimum(ages.bands, OLDEST))
    counts = np.array([ages.patients[n] for n in names], dtype=float) + SMOOTHING
    density = counts / counts.sum(axis=1, keepdims=True) / widths
    return own, classes, density


def log_sex(table: Table, sex: str, *, without: Collection[str] = ()) -> Vector:
    """Log of the share of this sex among the patients, against one half, for every hypothesis.

    without: publications; what only they say of X-linked inheritance is not used.
    """
    if sex not in ("female", "male"):
        return np.zeros(len(table))
    knowledge = load_knowledge()
    male = np.full(len(table), 0.5)
    for h in range(table.own_count):
        known = knowledge.diseases[table[h].slug].about.male
        if known:
            male[h] = known.mean
    male[_x_linked(table, without)] = load_encounter_ages().x_linked_male.mean
    share: Vector = np.log(2 * (male if sex == "male" else 1 - male))
    return share


def _x_linked(table: Table, without: Collection[str]) -> npt.NDArray[np.bool_]:
    """Which hypotheses of the background the annotations call X-linked."""
    annotations = load_annotations()
    flags = annotations.x_linked
    if without and (lost := annotations.not_x_linked_without(without)):
        flags = flags & ~np.isin(np.arange(len(flags)), list(lost))
    found: npt.NDArray[np.bool_] = np.zeros(len(table), dtype=bool)
    found[table.own_count :] = flags[table.entry[table.own_count :]]
    return found


def log_inheritance(table: Table, case: Case, *, without: Collection[str] = ()) -> Vector:
    """Log of how well an X-linked or an autosomal inheritance, where known of the family, fits each disease.

    Only whether a disease is X-linked is used; a mode said to be absent has no effect. without: publications;
    what only they say of X-linked inheritance is not used.
    """
    onto = load_ontology()
    said = [f.term for f in case.findings if f.state is State.PRESENT]
    linked, not_linked = (
        any(onto.is_a(t, m) for t in said for m in modes) for modes in (X_LINKED, AUTOSOMAL)
    )
    if linked == not_linked:
        return np.zeros(len(table))
    x_linked = _x_linked(table, without)
    share = max(float(x_linked.mean()), 1e-6)
    said_so, said_otherwise = (MODE_RIGHT, MODE_WRONG) if linked else (1 - MODE_RIGHT, 1 - MODE_WRONG)
    usual = share * said_so + (1 - share) * said_otherwise
    log: Vector = np.log(np.where(x_linked, said_so, said_otherwise) / usual)
    return log


def prevalence(disease: Disease) -> tuple[float, float, float]:
    """Undiagnosed people with this disease as a fraction of adults: middle, low, high.

    A prevalence is used as it is; an incidence is multiplied by the years people live undiagnosed.
    """
    about = disease.about
    if about.incidence:
        years = about.undiagnosed_years
        span = (years.middle, years.low, years.high) if years else (1.0, 0.25, 3.0)
        return (
            about.incidence.middle * span[0],
            about.incidence.low * span[1],
            about.incidence.high * span[2],
        )
    if about.prevalence:
        return about.prevalence.middle, about.prevalence.low, about.prevalence.high
    background = load_settings().background_prevalence
    return background.low, background.low / 10, background.high


def log_prior(table: Table, setting: str) -> tuple[Vector, float, Vector]:
    """Log prior weight of every disease, of "none of these", and the spread of each on the log scale.

    "uniform" is the researcher's uniform prior: every disease alike, and "none of these" as one of them.
    Shapes: (diseases,), scalar, (diseases + 1,).
    """
    count = table.disease_count
    if setting == "uniform":
        return np.zeros(count), 0.0, np.zeros(count + 1)
    place = load_settings().named(setting)
    back = load_settings().background_prevalence
    weight = np.full(count, math.sqrt(back.low * back.high) * place.systemic.mean)
    spread = np.full(count + 1, math.log(back.high / back.low) / 3.29)
    for number, disease in enumerate(load_knowledge().diseases.values()):
        middle, low, high = prevalence(disease)
        seen = place.attendance(disease.about.kind, do_not_miss=disease.about.do_not_miss)
        weight[number] = middle * seen.mean
        # 3.29 standard deviations lie between the ends of a central 90 % range
        spread[number] = math.hypot(math.log(high / low), math.log(seen.high / seen.low)) / 3.29
    other = place.other_skin_disease
    spread[count] = math.log(other.high / other.low) / 3.29
    total = weight.sum() + other.mean
    return np.log(weight / total), math.log(other.mean / total), spread


def described_prior(table: Table, without: Collection[str]) -> tuple[Vector, float, Vector]:
    """Log prior weight that grows with the number of publications a disease is described in.

    What has been described often has been met often. A publication left out is not counted; our own models
    stand as if described in OWN_PUBLICATIONS. Shapes as of log_prior.
    """
    count, first = table.disease_count, table.first_line
    entry, own = table.entry[first], int(table.disease_of[table.own_count - 1]) + 1
    known = np.full(count, OWN_PUBLICATIONS)
    known[own:] = load_annotations().publications[entry[own:]]
    if without:
        known[own:] -= load_annotations().cited_counts(without)[entry[own:]]
    weight: Vector = DESCRIBED_WEIGHT * np.log1p(np.maximum(known, 0.0))
    return weight, 0.0, np.zeros(count + 1)


def base_rate(knowledge: Knowledge, term: str, age_years: float | None, sex: str) -> float | None:
    """Base rate of a finding at this age and sex, or None where no rate is known.

    Unknown age is taken as 55, the middle of the ages at which the look-alikes are seen; unknown sex as
    the mean of both.
    """
    found = knowledge.base_rates.get(term)
    if found is None:
        return None
    age = 55.0 if age_years is None else age_years
    rates = [
        row.rate.mean
        for row in found.rows
        if row.ages[0] <= age < row.ages[1] and (row.sex in ("all", sex) or sex not in ("female", "male"))
    ]
    return sum(rates) / len(rates) if rates else None
