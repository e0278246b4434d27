"""What a result means: a laboratory value, a biopsy, an image, in words and as a likelihood ratio."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from hoofbeat.cases import Case
from hoofbeat.diagnosis import quantities
from hoofbeat.diagnosis.outcomes import confounders_of, usual_curve
from hoofbeat.diagnosis.yields import none_of, rates_of
from hoofbeat.errors import Issue, UsageError
from hoofbeat.knowledge import (
    Band,
    Confounder,
    Distribution,
    ResultMeaning,
    ValueMeaning,
    in_words,
    load_interpretations,
    load_knowledge,
)
from hoofbeat.terms import Reading, find_test, read_measurement

Assay = Literal["unknown", "radioimmunoassay", "sandwich"]
Lesion = Literal["unknown", "fresh", "late"]
CORRECTED_FROM = 40.0
# The bands of glucagon below 500 pg/mL, where laboratories and assays differ.
_BELOW_500 = 3


class Interpretation(BaseModel):
    """What one result says of one disease, and what to consider.

    result: the value or report, understood; band: its stable name. ratio: P(result | disease) over P(result)
    in people like this without it, with its range; nothing when the value cannot be read. excludes: false
    where the result "does not exclude" the disease, however low its ratio. corrected: zinc as it would be
    with an albumin of 40 g/L. confounders: what else moves this value here. issues: what is wrong with it.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    test: str
    result: str
    band: str = ""
    disease: str
    says: str
    consider: str = ""
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    excludes: bool = False
    corrected: tuple[float, float, float] | None = None
    confounders: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    evidence: str = ""
    sources: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()


def interpret_value(
    test: str,
    value: float,
    unit: str,
    *,
    low: float | None = None,
    high: float | None = None,
    assay: Assay = "unknown",
    confounders: Sequence[str] = (),
    albumin: float | None = None,
    case: Case | None = None,
) -> Interpretation:
    """Return what a laboratory value says for its disease (glucagon, zinc, albumin, haemoglobin).

    low, high: the laboratory's own range, in the same unit. confounders: what else may move the value, in
    words ("cirrhosis", "not fasting", "octreotide"); those that a case names are added. albumin: in g/L, to
    correct zinc. A value or unit that cannot be is returned as an issue with its remedy, never interpreted.
    Raises UsageError for a test that has no interpretation.

    >>> interpret_value("glucagon", 405, "pg/mL", high=200).excludes
    False
    >>> interpret_value("glucagon", 1.2, "g/L").issues[0].category
    'impossible-value'
    """
    meaning = _value_meaning(test)
    reading = read_measurement(
        test,
        value,
        unit,
        low=low,
        high=high,
        sex=case.sex if case else "unknown",
        age_years=case.age_years if case else None,
    )
    disease = load_knowledge().diseases[meaning.disease].name
    told = f"{test} {value:g} {unit}"
    if reading.interpretation is None:
        says = "this value cannot be read, so that nothing follows from it"
        return Interpretation(
            test=meaning.test, result=told, disease=disease, says=says, issues=_clear(reading.issues, meaning)
        )
    found = _confounders(meaning, confounders, case, assay)
    remarks = [c.advice for c in found]
    if meaning.assays and high is None:
        remarks.append(meaning.assays[assay])
    if reading.multiple_of_upper_limit and meaning.test == "glucagon":
        told += f", {reading.multiple_of_upper_limit:.2g} times the upper limit"
    read = _read(meaning, reading, found, told)
    corrected = _corrected(meaning, reading.value, albumin)
    return read.model_copy(update={"corrected": corrected, "remarks": tuple(remarks)})


def _read(meaning: ValueMeaning, reading: Reading, found: Sequence[Confounder], told: str) -> Interpretation:
    """Return the band of a value, its ratio and what both rest on."""
    band = _band(meaning, reading)
    ratio, low, high = _ratio(meaning, reading, found)
    return Interpretation(
        test=meaning.test,
        result=told,
        band=band.id,
        disease=load_knowledge().diseases[meaning.disease].name,
        says=band.says,
        consider=band.consider,
        ratio=ratio,
        ratio_low=low,
        ratio_high=high,
        excludes=band.excludes,
        confounders=tuple(c.name for c in found),
        evidence=_evidence(meaning, found),
        sources=tuple(dict.fromkeys([*band.sources, *(s for c in found for s in c.sources)])),
        issues=reading.issues,
    )


def _clear(issues: tuple[Issue, ...], meaning: ValueMeaning) -> tuple[Issue, ...]:
    """Say of an impossible value what it may have been meant to be."""
    known = find_test(meaning.test)
    if known is None:
        return issues
    remedy = (
        f"{known.name} is given in {known.unit}"
        + (" or pmol/L (1 pmol/L is 3.48 pg/mL)" if meaning.test == "glucagon" else "")
        + f"; only {known.possible[0]:g} to {known.possible[1]:g} {known.unit} are possible: "
        + "read the report again"
    )
    return tuple(Issue(i.level, i.category, i.message, remedy, i.where) for i in issues)


def _value_meaning(test: str) -> ValueMeaning:
    known = find_test(test)
    for meaning in load_interpretations().values:
        if known and meaning.test == known.slug:
            return meaning
    names = ", ".join(v.test for v in load_interpretations().values)
    raise UsageError(
        f"Nothing is known of how to read {test!r}", remedy=f"one of {names}, or interpret_result()"
    )


def _confounders(
    meaning: ValueMeaning, words: Sequence[str], case: Case | None, assay: Assay
) -> tuple[Confounder, ...]:
    told = [w.lower() for w in words]
    found = [
        c for c in meaning.confounders
        if any(word in w for w in told for word in (c.id.replace("_", " "), c.id, *c.words))
    ]  # fmt: skip
    if case:
        found += [c for c in confounders_of(case, meaning.test) if c not in found]
    return tuple(c for c in found if not c.assays or assay in c.assays)


def _band(meaning: ValueMeaning, reading: Reading) -> Band:
    """Return the band of a value; what the laboratory itself calls low or usual goes before our own cuts."""
    bands = meaning.bands
    if meaning.test != "glucagon":
        order = {"low": 0, "normal": 1, "high": 2}
        return bands[min(order[reading.interpretation or "normal"], len(bands) - 1)]
    reached = [b for b in bands if reading.value > b.above or b is bands[0]]
    # a laboratory's own upper limit settles what is slightly raised, never what is over 500
    if reading.interpretation != "high" and len(reached) <= _BELOW_500:
        return bands[0]
    return reached[-1]


def _ratio(
    meaning: ValueMeaning, reading: Reading, found: Sequence[Confounder]
) -> tuple[float, float, float]:
    """Density under the disease over density in people like this without it, and its range.

    The disease's curve is shifted by the factor that its centre is unsure by, and mixed with the samples
    that say nothing; so one low value lowers the chance only as far as that allows.
    """
    value = quantities.Value(
        meaning.test, reading.value, reading.unit, reading.multiple_of_upper_limit, "", reading.issues
    )
    disease = load_knowledge().diseases[meaning.disease]
    curve = next(t.distribution for t in disease.tests.tests if t.test == meaning.test and t.distribution)
    usual = usual_curve(meaning.test, [c.id for c in found])
    base = quantities.density(value, usual)
    ratios = []
    for factor, slip in (
        (1.0, meaning.slip.mean),
        (meaning.centre.low, meaning.slip.low),
        (meaning.centre.high, meaning.slip.low),
        (meaning.centre.low, meaning.slip.high),
        (meaning.centre.high, meaning.slip.high),
    ):
        here = (1 - slip) * quantities.density(value, _shifted(curve, factor)) + slip * base
        ratios.append(float(np.clip(here / base, 1 / quantities.LARGEST_RATIO, quantities.LARGEST_RATIO)))
    return ratios[0], min(ratios), max(ratios)


def _shifted(curve: Distribution, factor: float) -> Distribution:
    spread = curve.assumption or curve.reported
    assert spread is not None  # noqa: S101 (amounts are never counted)
    part = spread.model_copy(update={"low": spread.low * factor, "high": spread.high * factor})
    return curve.model_copy(update={"assumption" if curve.assumption else "reported": part})


def _corrected(
    meaning: ValueMeaning, value: float, albumin: float | None
) -> tuple[float, float, float] | None:
    """Zinc at an albumin of 40 g/L: the share that albumin carries is scaled up, the rest is not."""
    if meaning.bound is None or albumin is None:
        return None
    shares = (meaning.bound.mean, meaning.bound.low, meaning.bound.high)
    at = [value / max(1 - share * (1 - albumin / CORRECTED_FROM), 0.2) for share in shares]
    return round(at[0], 1), round(min(at), 1), round(max(at), 1)


def _evidence(meaning: ValueMeaning, found: Sequence[Confounder]) -> str:
    disease = load_knowledge().diseases[meaning.disease]
    curve = next(t.distribution for t in disease.tests.tests if t.test == meaning.test and t.distribution)
    usual = usual_curve(meaning.test, [c.id for c in found])
    return f"{disease.name}: {in_words(curve)}; without it: {in_words(usual)}"


def interpret_result(
    test: str, report: str, *, specimens: int = 1, lesion: Lesion = "unknown"
) -> Interpretation:
    """Return what a biopsy, immunofluorescence, amino acids or an image says for glucagonoma.

    test: "biopsy", "immunofluorescence", "amino acids", "ct", "mri", "endoscopic ultrasound" or
    "somatostatin-receptor pet". report: its result in words. specimens: how many of one patient all read
    so; lesion: fresh (under two days), late (crusted or healing) or unknown.
    Raises UsageError for an unknown test or a report that no known result answers to.

    >>> interpret_result("skin biopsy", "spongiotic dermatitis").excludes
    False
    """
    meaning = _result_meaning(test)
    words = report.lower()
    found = next((m for m in meaning.meanings if any(w in words for w in m.words)), None)
    if any(f"no {w}" in words or f"negative for {w}" in words for w in ("tumour", "tumor", "mass", "uptake")):
        found = meaning.meanings[-1]
    if found is None:
        known = "; ".join(m.says for m in meaning.meanings)
        raise UsageError(
            f"The report of the {meaning.names[0]} was not understood", remedy=f"one of: {known}"
        )
    ratio: tuple[float, float, float] | None = None
    if found.id != "high":
        ratio = none_of(meaning, found.id, specimens, lesion)
    rate = rates_of(meaning, found.id)
    return Interpretation(
        test=meaning.test,
        result=f"{found.says}, {specimens} specimens" if specimens > 1 else found.says,
        band=found.id,
        disease=load_knowledge().diseases[meaning.disease].name,
        says=found.says,
        consider=found.consider,
        ratio=ratio[0] if ratio else None,
        ratio_low=ratio[1] if ratio else None,
        ratio_high=ratio[2] if ratio else None,
        excludes=found.excludes,
        evidence=rate.evidence,
        sources=tuple(dict.fromkeys([*found.sources, *rate.sources])),
    )


def _result_meaning(test: str) -> ResultMeaning:
    wanted = " ".join(test.lower().replace("_", " ").split())
    for meaning in load_interpretations().results:
        if wanted in (meaning.test.replace("_", " "), *meaning.names):
            return meaning
    names = ", ".join(m.names[0] for m in load_interpretations().results)
    raise UsageError(f"Nothing is known of how to read {test!r}", remedy=f"one of {names}")


def interpret_case(case: Case) -> tuple[Interpretation, ...]:
    """Return what each measurement of a case says, for those tests whose meaning is known, in their order."""
    known = {v.test for v in load_interpretations().values}
    values = {found.slug: m for m in case.measurements if (found := find_test(m.test))}
    albumin = None
    if "albumin" in values:
        m = values["albumin"]
        reading = read_measurement("albumin", m.value, m.unit)
        albumin = reading.value if reading.interpretation else None
    results: list[Interpretation] = []
    first: dict[str, tuple[float, str]] = {}
    for m in case.measurements:
        found = find_test(m.test)
        if not found or found.slug not in known or not math.isfinite(m.value):
            continue
        words = _during(m.said or m.test)
        read = interpret_value(
            m.test, m.value, m.unit, low=m.low, high=m.high, confounders=words, albumin=albumin, case=case
        )
        if found.slug in first and first[found.slug][1] == m.unit and read.ratio is not None:
            share = 100 * m.value / first[found.slug][0]
            told = f"{share:.0f} % of the first value: see what was done between before reading it alone"
            read = read.model_copy(update={"remarks": (told, *read.remarks)})
        elif read.ratio is not None:
            first.setdefault(found.slug, (m.value, m.unit))
        results.append(read)
    return tuple(results)


def _during(words: str) -> tuple[str, ...]:
    """What the name of a measurement says of how it was taken ("non-fasting glucagon")."""
    return (words,) if "non-fasting" in words.lower() else ()
