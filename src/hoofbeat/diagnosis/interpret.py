"""What a result means: a laboratory value, a biopsy, an image, in words and as a likelihood ratio."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from hoofbeat.cases import Case
from hoofbeat.diagnosis import quantities
from hoofbeat.diagnosis.confounding import confounders_of, told
from hoofbeat.diagnosis.outcomes import usual_curve
from hoofbeat.diagnosis.unpublished import at_usual_albumin
from hoofbeat.diagnosis.weighing import band_of, ratio_of, scaled
from hoofbeat.diagnosis.wording import meant
from hoofbeat.diagnosis.yields import OTHERWISE, investigation_of, none_of, rates_of
from hoofbeat.errors import Issue, UsageError
from hoofbeat.knowledge import (
    Confounder,
    Frequency,
    ResultMeaning,
    ValueMeaning,
    beta_range,
    in_words,
    load_interpretations,
    load_knowledge,
)
from hoofbeat.terms import Reading, find_test, read_measurement

Assay = Literal["unknown", "radioimmunoassay", "sandwich"]
Lesion = Literal["unknown", "fresh", "late"]


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
    confounders: str | Sequence[str] = (),
    albumin: float | None = None,
    case: Case | None = None,
    date: str | None = None,
) -> Interpretation:
    """Return what a laboratory value says for its disease (glucagon, zinc, albumin, haemoglobin).

    low, high: the laboratory's own range, in the same unit. confounders: what else may move the value, in
    words ("cirrhosis", "not fasting", "octreotide"); one that is not known is told in issues, one that is
    denied ("no cirrhosis") counts as nothing. case: adds those it names, unless they began after date, the
    day of the sample ("2024-06-01"). albumin: in g/L; where it is below 40, band and ratio of zinc are those
    of the zinc corrected for it. A value or unit that cannot be is returned as an issue with its remedy,
    never interpreted. Raises UsageError for a test that has no interpretation.

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
    shown = f"{test} {value:g} {unit}"
    if reading.interpretation is None:
        return _not_read(meaning, reading, shown)
    found, unknown = _confounders(meaning, confounders, case, assay, date)
    if meaning.bound is not None and albumin is not None:
        read = _with_albumin(meaning, reading, found, shown, albumin=albumin, bound=meaning.bound)
        return read.model_copy(update={"issues": (*read.issues, *unknown)})
    remarks = [c.advice for c in found]
    if meaning.assays and high is None:
        remarks.append(meaning.assays[assay])
    if reading.multiple_of_upper_limit and meaning.test == "glucagon":
        shown += f", {reading.multiple_of_upper_limit:.2g} times the upper limit"
    read = _read(meaning, reading, found, shown)
    return read.model_copy(update={"remarks": tuple(remarks), "issues": (*read.issues, *unknown)})


def _not_read(meaning: ValueMeaning, reading: Reading, shown: str) -> Interpretation:
    return Interpretation(
        test=meaning.test,
        result=shown,
        disease=load_knowledge().diseases[meaning.disease].name,
        says="this value cannot be read, so that nothing follows from it",
        issues=_clear(reading.issues, meaning),
    )


def _read(meaning: ValueMeaning, reading: Reading, found: Sequence[Confounder], shown: str) -> Interpretation:
    """Return the band of a value, its ratio and what both rest on."""
    band = band_of(meaning, reading)
    ratio, low, high = ratio_of(meaning, reading, found)
    return Interpretation(
        test=meaning.test,
        result=shown,
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
    meaning: ValueMeaning, words: str | Sequence[str], case: Case | None, assay: Assay, sampled: str | None
) -> tuple[tuple[Confounder, ...], tuple[Issue, ...]]:
    named, issues = told(meaning, words)
    seen = confounders_of(case, meaning.test, sampled) if case else ()
    found = [*named, *(c for c in seen if c not in named)]
    return tuple(c for c in found if not c.assays or assay in c.assays), issues


def _with_albumin(
    meaning: ValueMeaning, reading: Reading, found: Sequence[Confounder], shown: str, *,
    albumin: float, bound: Frequency,
) -> Interpretation:  # fmt: skip
    """Return what zinc says once the share that albumin carries is scaled up to an albumin of 40 g/L.

    So a low albumin, which speaks for itself, is not counted a second time as a low zinc. The ratio runs over
    the range of that share, bound. An albumin above 40 g/L changes nothing.
    """
    known = read_measurement("albumin", albumin, "g/L")
    if known.interpretation is None:
        read = _read(meaning, reading, found, shown)
        return read.model_copy(update={"issues": (*read.issues, *known.issues)})
    shares = (bound.mean, bound.low, bound.high)
    scale = [at_usual_albumin(albumin, share) for share in shares]
    reads = [_read(meaning, scaled(reading, by), found, shown) for by in scale]
    remarks = [c.advice for c in found]
    if reads[0].band != band_of(meaning, reading).id:
        remarks.insert(
            0, f"read as {reads[0].says}, because it is corrected for the low albumin that carries it"
        )
    at = [round(reading.value * by, 1) for by in scale]
    return reads[0].model_copy(
        update={
            "ratio_low": min(r.ratio_low for r in reads if r.ratio_low is not None),
            "ratio_high": max(r.ratio_high for r in reads if r.ratio_high is not None),
            "corrected": (at[0], min(at), max(at)),
            "remarks": tuple(remarks),
        }
    )


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
    so; lesion: fresh (under two days), late (crusted or healing) or unknown. Negations are kept to their
    clause, and of an image only what is said of the pancreas counts. A report that names no known result, or
    contradicts itself, is an issue with its remedy and has no ratio; neither has a result of which the model
    says nothing. Raises UsageError for an unknown test.

    >>> interpret_result("skin biopsy", "spongiotic dermatitis").excludes
    False
    >>> interpret_result("ct", "no evidence of tumour").says
    'no tumour seen'
    """
    meaning = _result_meaning(test)
    name = load_knowledge().diseases[meaning.disease].name
    band = meant(meaning, report)
    if band is None:
        return _not_understood(meaning, name)
    found = next(m for m in meaning.meanings if m.id == band)
    ratio = _report_ratio(meaning, found.id, specimens, lesion)
    rate = rates_of(meaning, found.id)
    return Interpretation(
        test=meaning.test,
        result=f"{found.says}, {specimens} specimens" if specimens > 1 else found.says,
        band=found.id,
        disease=name,
        says=found.says,
        consider=found.consider,
        ratio=ratio[0] if ratio else None,
        ratio_low=ratio[1] if ratio else None,
        ratio_high=ratio[2] if ratio else None,
        excludes=found.excludes,
        evidence=rate.evidence,
        sources=tuple(dict.fromkeys([*found.sources, *rate.sources])),
    )


def _report_ratio(
    meaning: ResultMeaning, result: str, specimens: int, lesion: Lesion
) -> tuple[float, float, float] | None:
    """Return the ratio of a report with its range; None for one that is no result of the investigation."""
    known = next((r for r in investigation_of(meaning).results if r.id == result), None)
    if known is None and result != OTHERWISE:
        return None
    ratio, low, high = none_of(meaning, result, specimens, lesion)
    disease = load_knowledge().diseases[meaning.disease]
    rows = [row for name in (known.rows if known else ()) if (row := disease.shows(name, meaning.given))]
    if rows and low == high:
        # not the sign the test is for: how often the disease shows it at all is what is unsure
        ends = [(end / rows[0].mean) ** specimens for end in beta_range(*rows[0].beta)]
        low, high = (
            float(np.clip(ratio * e, 1 / quantities.LARGEST_RATIO, quantities.LARGEST_RATIO)) for e in ends
        )
    return ratio, low, high


def _not_understood(meaning: ResultMeaning, disease: str) -> Interpretation:
    """Say that a report names no known result, or both one and its opposite, so that nothing follows."""
    known = "; ".join(dict.fromkeys(m.says for m in meaning.meanings))
    issue = Issue(
        "warning",
        "report-not-understood",
        f"The report of the {meaning.names[0]} was not understood: it names no known result, contradicts "
        "itself or leaves it open, and is not weighed",
        f"say in a clause of its own which of these it is: {known}",
    )
    says = "this report was not understood, so that nothing follows from it"
    return Interpretation(
        test=meaning.test, result=meaning.names[0], disease=disease, says=says, issues=(issue,)
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
            m.test,
            m.value,
            m.unit,
            low=m.low,
            high=m.high,
            confounders=words,
            albumin=albumin,
            case=case,
            date=m.date,
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
